//! What queries ask of stored tables.

use std::sync::Arc;

use crate::catalog::model::{ObjectId, TableDef};
use crate::engine::Session;
use crate::error::{Result, SqlError};
use crate::storage::Table;

pub(super) fn table(session: &Session, id: ObjectId) -> Result<Arc<Table>> {
    session.server.store.table(id).ok_or_else(|| {
        SqlError::new(
            208,
            "Invalid object name: the table was dropped while it was read.",
        )
    })
}

pub(super) fn definition(session: &Session, id: ObjectId) -> Result<Arc<TableDef>> {
    Ok(table(session, id)?.def())
}

/// Rows of a table, for choosing plans; 0 when it is gone.
pub(super) fn row_count(session: &Session, id: ObjectId) -> u64 {
    session
        .server
        .store
        .table(id)
        .map_or(0, |table| table.row_count())
}

/// `database.schema.table`, as messages write it.
pub(super) fn full_name(session: &Session, def: &TableDef) -> String {
    format!(
        "{}.{}",
        session.server.catalog.database_name(def.database_id),
        session.server.catalog.qualified_name(def)
    )
}
