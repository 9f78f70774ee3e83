//! System catalog views, dynamic management views and INFORMATION_SCHEMA: SQL Server's column names, types and order,
//! rows computed from the catalog when they are read. A column that is not listed gives 207, as an unknown one does.

mod availability;
mod backups;
mod columns;
mod constraints;
mod databases;
mod indexes;
mod information_schema;
mod modules;
mod objects;
mod principals;
mod rows;
mod server;
mod sessions;
mod snapshot;
mod storage;
mod temporal;

use crate::engine::Session;
use crate::error::Result;
use crate::protocol::ColumnInfo;
use crate::types::Value;

pub use backups::lookup_msdb;
pub use databases::SCOPED_CONFIGURATIONS;
pub(crate) use databases::{data_pages_used, is_data_file};
pub use indexes::statistics_date;
pub use rows::{Rows, column_infos};
pub(crate) use snapshot::module_type;
pub use snapshot::{Snapshot, datetime_of_ticks, padded_type, ticks_of};

/// One view of the system.
pub trait SystemView: Send + Sync {
    /// Two-part name in SQL Server's spelling, `sys.tables`.
    fn name(&self) -> &str;
    fn columns(&self) -> Vec<ColumnInfo>;
    fn rows(&self, session: &Session) -> Result<Vec<Vec<Value>>>;
}

/// A view given by its column list (see `rows::column_infos`) and the function that fills it.
pub struct CatalogView {
    pub(crate) name: &'static str,
    pub(crate) spec: &'static str,
    pub(crate) fill: fn(&Session, &mut Rows) -> Result<()>,
}

impl SystemView for CatalogView {
    fn name(&self) -> &str {
        self.name
    }

    fn columns(&self) -> Vec<ColumnInfo> {
        column_infos(self.spec)
    }

    fn rows(&self, session: &Session) -> Result<Vec<Vec<Value>>> {
        let mut rows = Rows::new(self.spec);
        (self.fill)(session, &mut rows)?;
        Ok(rows.finish())
    }
}

/// All views, by room.
fn all() -> impl Iterator<Item = &'static CatalogView> {
    [
        objects::VIEWS,
        columns::VIEWS,
        indexes::VIEWS,
        storage::VIEWS,
        constraints::VIEWS,
        modules::VIEWS,
        temporal::VIEWS,
        databases::VIEWS,
        principals::VIEWS,
        sessions::VIEWS,
        server::VIEWS,
        availability::VIEWS,
        information_schema::VIEWS,
    ]
    .into_iter()
    .flatten()
}

/// The view of that name, whatever its case; None is SQL Server's 208.
pub fn lookup(schema: &str, name: &str) -> Option<&'static dyn SystemView> {
    all()
        .find(|view| {
            view.name.split_once('.').is_some_and(|(s, n)| {
                s.eq_ignore_ascii_case(schema) && n.eq_ignore_ascii_case(name)
            })
        })
        .map(|view| view as &'static dyn SystemView)
}

#[cfg(test)]
mod tests;
