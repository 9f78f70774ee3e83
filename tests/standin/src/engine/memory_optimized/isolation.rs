//! Under which isolation a memory-optimised table may be used. Every refusal ends the batch and rolls back.

use crate::catalog::TEMPDB;
use crate::catalog::model::{DatabaseId, TableDef};
use crate::engine::session::Session;
use crate::error::{ErrorKind, Result, SqlError};
use crate::locks::Hints;
use crate::protocol::IsolationLevel;

use super::not_supported;

fn aborting(number: i32, message: &str) -> SqlError {
    SqlError::new(number, message).kind(ErrorKind::BatchAborting)
}

/// 41332.
pub(crate) fn under_snapshot() -> SqlError {
    aborting(
        41332,
        "Memory optimized tables and natively compiled modules cannot be accessed or created when the session TRANSACTION ISOLATION LEVEL is set to SNAPSHOT.",
    )
}

/// 41333.
pub(crate) fn needs_snapshot() -> SqlError {
    aborting(
        41333,
        "The following transactions must access memory optimized tables and natively compiled modules under snapshot isolation: RepeatableRead transactions, Serializable transactions, and transactions that access tables that are not memory optimized in RepeatableRead or Serializable isolation.",
    )
}

/// 41368.
fn read_committed_in_transaction() -> SqlError {
    aborting(
        41368,
        "Accessing memory optimized tables using the READ COMMITTED isolation level is supported only for autocommit transactions. It is not supported for explicit or implicit transactions. Provide a supported isolation level for the memory optimized table using a table hint, such as WITH (SNAPSHOT).",
    )
}

/// 41359.
fn mixed_with_row_versions() -> SqlError {
    aborting(
        41359,
        "A query that accesses memory optimized tables using the READ COMMITTED isolation level, cannot access disk based tables when the database option READ_COMMITTED_SNAPSHOT is set to ON. Provide a supported isolation level for the memory optimized table using a table hint, such as WITH (SNAPSHOT).",
    )
}

/// 41317.
fn several_databases() -> SqlError {
    aborting(
        41317,
        "A user transaction that accesses memory optimized tables or natively compiled modules cannot access more than one user database or databases model and msdb, and it cannot write to master.",
    )
}

/// What a statement has used so far, for what it may not use together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// A memory-optimised table under READ COMMITTED.
    memory_read_committed: bool,
    on_disk: bool,
}

impl Session {
    /// Comes before every access to a table's rows; `reads`: it reads them, as the target of an INSERT does not.
    pub(crate) fn admit(&mut self, def: &TableDef, hints: Hints, reads: bool) -> Result<()> {
        if def.database_id == TEMPDB {
            return Ok(());
        }
        if def.memory_optimized {
            self.admit_memory_optimized(def, hints, reads)?;
        } else {
            self.used.on_disk = true;
        }
        if self.used.memory_read_committed
            && self.used.on_disk
            && self
                .server
                .catalog
                .database(def.database_id)
                .is_some_and(|d| d.read_committed_snapshot)
        {
            return Err(mixed_with_row_versions());
        }
        self.note_database(def.database_id)
    }

    /// Inside a natively compiled module its own level says how rows are read.
    pub(crate) fn native_hints(&self, def: &TableDef, hints: Hints) -> Hints {
        match self.atomic_level {
            Some(IsolationLevel::RepeatableRead) if def.memory_optimized => Hints {
                repeatable_read: true,
                ..hints
            },
            Some(IsolationLevel::Serializable) if def.memory_optimized => Hints {
                holdlock: true,
                ..hints
            },
            _ => hints,
        }
    }

    fn admit_memory_optimized(&mut self, def: &TableDef, hints: Hints, reads: bool) -> Result<()> {
        if self.atomic_level.is_none() {
            self.check_level(def, hints, reads)?;
        }
        if !self.transaction.savepoints.is_empty() {
            return Err(SqlError::not_implemented(
                "access to memory-optimised tables after SAVE TRANSACTION",
            ));
        }
        let Some(txn) = &mut self.transaction.txn else {
            return Ok(());
        };
        txn.memory_optimized = true;
        self.server.store.transaction_snapshot(txn);
        Ok(())
    }

    fn check_level(&mut self, def: &TableDef, hints: Hints, reads: bool) -> Result<()> {
        let elevated = || {
            let database = self.server.catalog.database(def.database_id);
            database.is_some_and(|d| d.memory_optimized_elevate_to_snapshot)
        };
        match self.options.isolation {
            IsolationLevel::Snapshot => Err(under_snapshot()),
            IsolationLevel::ReadUncommitted if hints.snapshot || elevated() => {
                Err(SqlError::not_implemented(
                    "SNAPSHOT access to memory-optimised tables in a READ UNCOMMITTED session",
                ))
            }
            IsolationLevel::ReadUncommitted => Err(not_supported(
                "The transaction isolation level 'READ UNCOMMITTED'",
                76,
            )
            .kind(ErrorKind::BatchAborting)),
            IsolationLevel::RepeatableRead | IsolationLevel::Serializable if !hints.snapshot => {
                Err(needs_snapshot())
            }
            IsolationLevel::ReadCommitted => {
                let hinted = hints.snapshot || hints.repeatable_read || hints.holdlock;
                if hinted || elevated() {
                    return Ok(());
                }
                if reads && self.transaction.count > 0 {
                    return Err(read_committed_in_transaction());
                }
                self.used.memory_read_committed = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A transaction with memory-optimised tables stays in one user database.
    fn note_database(&mut self, database: DatabaseId) -> Result<()> {
        let Some(txn) = &mut self.transaction.txn else {
            return Ok(());
        };
        if !txn.databases.contains(&database) {
            txn.databases.push(database);
        }
        if txn.memory_optimized && txn.databases.len() > 1 {
            return Err(several_databases());
        }
        Ok(())
    }
}
