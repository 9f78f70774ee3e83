//! Table hints: which a memory-optimised table takes, and the one that only such a table takes.

use crate::catalog::model::TableDef;
use crate::error::{Result, SqlError};
use crate::syntax::ast::TableHint;

use super::not_supported;

/// Refused by a memory-optimised table (10794, state 82).
const REFUSED: &[&str] = &[
    "HOLDLOCK",
    "NOEXPAND",
    "NOWAIT",
    "PAGLOCK",
    "READCOMMITTED",
    "READCOMMITTEDLOCK",
    "READPAST",
    "READUNCOMMITTED",
    "ROWLOCK",
    "TABLOCK",
    "TABLOCKX",
    "UPDLOCK",
    "XLOCK",
];

/// 10794, or 367 for SNAPSHOT on a table on disk; both refuse the batch.
pub(crate) fn check_hints(def: &TableDef, hints: &[TableHint]) -> Result<()> {
    for hint in hints {
        let TableHint::Word(word) = hint else {
            continue;
        };
        if def.memory_optimized && REFUSED.contains(&word.as_str()) {
            let what = format!("The table option '{}'", word.to_ascii_lowercase());
            return Err(not_supported(what, 82).compile());
        }
        if !def.memory_optimized && word == "SNAPSHOT" {
            return Err(SqlError::new(
                367,
                "The hint 'SNAPSHOT' is valid only with memory optimized tables.",
            )
            .compile());
        }
    }
    Ok(())
}
