//! The vectors' column: where it is on its way, and what is on record of it.

use serde::{Deserialize, Serialize};

use crate::connect::{Connection, Failure};
use crate::ids::RunId;
use crate::phase1::{Inventory, Table};
use crate::state::{self, StepRecord};

/// Its name, which the operator types before it goes.
pub const ORIGINAL: &str = "EmbeddingVector";
/// Its name during a brown-out.
pub const RENAMED: &str = "EmbeddingVector_browned_out";
/// The step under which the drop is on record.
pub const COLUMN: &str = "column.EmbeddingVector";

/// Where the column is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnState {
    Present(ColumnRecord),
    /// Renamed, to see who misses it.
    BrownedOut(ColumnRecord),
    /// Not there; on record is the drop that made it so, if it was this program's.
    Gone(Option<ColumnRecord>),
}

/// What the column was, so that it can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnRecord {
    pub dimensions: i64,
    pub nullable: bool,
    /// UTC as the server has it, once it is dropped.
    pub dropped_at: Option<chrono::NaiveDateTime>,
}

impl ColumnState {
    /// # Errors
    /// A failed statement.
    pub async fn read(
        connection: &mut Connection,
        inventory: &Inventory,
        has_state: bool,
    ) -> Result<Self, Failure> {
        let named = |name: &str| {
            let fact = inventory.column(Table::AtomEmbeddings, name)?;
            Some(ColumnRecord {
                dimensions: fact.vector_dimensions?,
                nullable: fact.nullable,
                dropped_at: None,
            })
        };
        if let Some(record) = named(ORIGINAL) {
            return Ok(Self::Present(record));
        }
        if let Some(record) = named(RENAMED) {
            return Ok(Self::BrownedOut(record));
        }
        if !has_state {
            return Ok(Self::Gone(None));
        }
        Ok(Self::Gone(ColumnRecord::stored(connection).await?))
    }
}

impl ColumnRecord {
    /// What the last drop has on record.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn stored(connection: &mut Connection) -> Result<Option<Self>, Failure> {
        let steps = state::list_steps(connection, super::PHASE).await?;
        Ok(steps
            .iter()
            .find(|step| step.step == COLUMN && step.state != "dropped")
            .and_then(|step| serde_json::from_str(step.detail.as_deref()?).ok()))
    }

    /// Writes it down: `started` before the drop, `applied` after it, `dropped` when the drop was undone.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn record(
        &self,
        connection: &mut Connection,
        run: RunId,
        word: &str,
    ) -> Result<(), Failure> {
        let sql = super::drop_sql();
        let sha = sql.sha256();
        let record = StepRecord {
            phase: super::PHASE,
            step: COLUMN,
            state: word,
            sql_sha256: Some(&sha),
            sql: Some(sql.text()),
            object: Some("dbo.AtomEmbeddings.EmbeddingVector"),
            object_sha256: None,
            created: false,
            detail: serde_json::to_string(self).ok(),
        };
        state::record_step(connection, run, &record).await
    }
}
