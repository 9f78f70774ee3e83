//! sys.periods.

use crate::engine::Session;
use crate::error::Result;

use super::snapshot::{Snapshot, int};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[CatalogView {
    name: "sys.periods",
    spec: "name sysname!=SYSTEM_TIME, period_type tinyint!=1, period_type_desc nvarchar(60)=SYSTEM_TIME_PERIOD, \
        object_id int!, start_column_id int!, end_column_id int!",
    fill: periods,
}];

fn periods(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).tables {
        if let Some(period) = &table.period {
            rows.push([
                ("object_id", int(table.object_id)),
                ("start_column_id", int(period.start_column_id)),
                ("end_column_id", int(period.end_column_id)),
            ]);
        }
    }
    Ok(())
}
