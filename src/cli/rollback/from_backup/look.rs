//! What the database says of itself, while it can still be asked; on one connection, which may be the only one there can be.

use chrono::NaiveDateTime;

use super::Restore;
use crate::cli::closed;
use crate::connect::{Connection, Purpose, RowExt};
use crate::engine::Stop;
use crate::phase1::{Inventory, Table};
use crate::phase3::{self, ColumnState};
use crate::restore;
use crate::state;
use crate::tsql::{Statement, embedded};

const WRITTEN: Statement = embedded!("restore/count_written_since.sql");

/// What was seen.
pub(super) struct Look {
    /// The column is there.
    pub present: bool,
    pub dropped_at: Option<NaiveDateTime>,
    /// When phase 2 was complete.
    pub complete_since: Option<NaiveDateTime>,
    /// Rows of AtomEmbeddings written since the drop.
    pub written_since: i64,
    /// The restore that was proven last, by its number in msdb.
    pub proven: Option<i64>,
}

impl Restore<'_> {
    /// # Errors
    /// A brown-out, an un-drop under way; a database whose only seat is taken; a failed statement.
    pub(super) async fn look(&mut self) -> Result<Look, Stop> {
        let timeout = self.cli.connect.lock_timeout;
        let opened = Connection::open(&self.endpoint, Purpose::Control, timeout).await;
        let mut connection = match opened {
            Ok(connection) => connection,
            Err(failure) => return Err(closed::explain(&self.endpoint, timeout, failure).await),
        };
        let inventory = Inventory::read(&mut connection).await?;
        crate::cli::plan::require_tables(&inventory)?;
        let has_state = state::layout_version(&mut connection).await? > 0;
        let column = ColumnState::read(&mut connection, &inventory, has_state).await?;
        let mut look = Look {
            present: false,
            dropped_at: None,
            complete_since: None,
            written_since: 0,
            proven: None,
        };
        match column {
            ColumnState::BrownedOut(_) => {
                return Err(Stop::Refused {
                    what: "the restore".to_owned(),
                    cause: "the column is not dropped but renamed, in a brown-out".to_owned(),
                    next: "`hartonomous migrate phase3 --end-brown-out` takes the rename back"
                        .to_owned(),
                });
            }
            ColumnState::Present(_) => look.present = true,
            ColumnState::Gone(record) => {
                look.dropped_at = record.and_then(|record| record.dropped_at);
            }
        }
        if !has_state {
            return Ok(look);
        }
        if inventory
            .column(Table::AtomEmbeddings, "LastUpdated")
            .is_some()
        {
            let row = connection.row(&WRITTEN.sql(), &[&look.dropped_at]).await?;
            look.written_since = row.integer("WrittenSince")?;
        }
        if inventory.has_table(Table::EmbeddingMigrationProgress) {
            look.complete_since = phase3::soak(&mut connection).await?.complete_since;
        }
        let steps = state::list_steps(&mut connection, restore::PHASE).await?;
        look.proven = steps
            .iter()
            .find(|step| step.step == restore::PROVEN && step.state == "applied")
            .and_then(|step| {
                step.detail
                    .as_deref()?
                    .strip_prefix("restore ")?
                    .parse()
                    .ok()
            });
        Ok(look)
    }
}
