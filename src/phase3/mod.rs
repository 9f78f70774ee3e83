//! Phase 3, removal of the column: everything that must hold before, the drop itself, and the proof after it.

mod after;
mod attested;
mod backup;
mod before;
mod column;
mod dependencies;
mod digests;
mod drop;
mod own;
pub mod rollback;
mod size;
mod soak;
mod source_text;

pub use after::{GATES_AFTER, measure_after, measure_error_free, measure_without_column};
pub use before::{GATES_BEFORE, measure_before, measure_for_brown_out};
pub use column::{COLUMN, ColumnRecord, ColumnState, ORIGINAL, RENAMED};
pub use digests::{DigestProof, verify as verify_digests};
pub use drop::{
    Patience, begin_brown_out, drop_column, end_brown_out, end_restoring, rebuild, rename_sql,
};
pub use size::{Size, measure as measure_size, record_before as record_size_before};
pub use soak::{Soak, soak};

use crate::connect::{Connection, Failure, RowExt};
use crate::tsql::{Sql, Statement, embedded};

/// Name of the phase on the command line and in schema hartonomous.
pub const PHASE: &str = "phase3";

const DROP: Statement = embedded!("phase3/drop_column.sql");
const MIGRATED: Statement = embedded!("validate/count_migrated_embeddings.sql");
const REBUILD: Statement = embedded!("phase3/rebuild_table.sql");

/// The statement that gives the restored column its name.
pub fn rename_restoring_sql() -> Sql {
    rename_sql(rollback::RESTORING, ORIGINAL)
}

/// Migrated embeddings, whether the column is there or not.
///
/// # Errors
/// A failed statement.
pub async fn migrated(connection: &mut Connection) -> Result<u64, Failure> {
    let row = connection.row(&MIGRATED.sql(), &[]).await?;
    Ok(u64::try_from(row.integer("Migrated")?).unwrap_or(0))
}

/// The statement that drops the column.
pub fn drop_sql() -> Sql {
    DROP.sql()
}

/// The statement that rebuilds the table.
pub fn rebuild_sql(online: bool) -> Sql {
    let word = if online { "ON" } else { "OFF" };
    REBUILD.with(&[("Online", crate::tsql::Fragment::fixed(word))])
}
