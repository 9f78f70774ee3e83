//! What holds for memory-optimised tables and natively compiled modules alone, in SQL Server's words.

mod hints;
pub(crate) mod isolation;
pub(crate) mod native;
mod native_functions;

pub(crate) use hints::check_hints;

use crate::catalog::model::TableDef;
use crate::error::{Result, SqlError};

/// 10794: a construct that memory-optimised tables do not take; `what` is the subject, such as `The type 'xml'`.
pub(crate) fn not_supported(what: impl std::fmt::Display, state: u8) -> SqlError {
    SqlError::new(
        10794,
        format!("{what} is not supported with memory optimized tables."),
    )
    .state(state)
}

/// 10794 for a statement or option of a table, if the table is memory-optimised.
pub(crate) fn refuse_on(table: &TableDef, what: &str, state: u8) -> Result<()> {
    if table.memory_optimized {
        return Err(not_supported(what, state));
    }
    Ok(())
}

/// 12302: the primary key of a memory-optimised row stays; refuses the batch.
pub(crate) fn refuse_key_update(
    table: &TableDef,
    mut ordinals: impl Iterator<Item = usize>,
) -> Result<()> {
    let is_key = |ordinal: usize| {
        let id = table.columns[ordinal].column_id;
        table.indexes.iter().any(|index| {
            index.constraint.as_ref().is_some_and(|c| c.primary)
                && index.keys.iter().any(|key| key.column_id == id)
        })
    };
    if !table.memory_optimized || !ordinals.any(is_key) {
        return Ok(());
    }
    Err(SqlError::new(
        12302,
        "Updating columns that are part of the PRIMARY KEY constraint is not supported with memory optimized tables.",
    )
    .state(6)
    .compile())
}

/// 12331: definitions of memory-optimised tables and natively compiled modules are not part of a user's transaction.
pub(crate) fn refuse_in_transaction(session: &super::Session, what: &str) -> Result<()> {
    if session.transaction.count == 0 {
        return Ok(());
    }
    Err(SqlError::new(
        12331,
        format!(
            "DDL statements ALTER, DROP and CREATE inside user transactions are not supported with {what}."
        ),
    ))
}

pub(crate) const TABLES: &str = "memory optimized tables";
pub(crate) const MODULES: &str = "natively compiled modules";
