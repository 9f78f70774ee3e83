//! Row versions: what a statement reads under READ_COMMITTED_SNAPSHOT and under SNAPSHOT isolation.

use crate::catalog::model::{DatabaseId, TableDef};
use crate::error::{ErrorKind, Result, SqlError};
use crate::locks::Hints;
use crate::protocol::IsolationLevel;
use crate::storage::{Snapshot, Txn};

use super::session::Session;

const TEMPDB: DatabaseId = 2;

impl Session {
    /// Comes before every access to a table's rows: takes the snapshot that the access reads, if it reads one.
    /// 3951, 3952.
    pub(crate) fn prepare_access(
        &mut self,
        def: &TableDef,
        hints: Hints,
        reads: bool,
    ) -> Result<()> {
        self.admit(def, hints, reads)?;
        // Nobody else sees temporary tables and table variables; ##tables keep to locks. Memory-optimised tables have
        // versions of their own.
        if def.database_id == TEMPDB || def.memory_optimized {
            return Ok(());
        }
        match self.options.isolation {
            IsolationLevel::Snapshot => self.prepare_snapshot(def.database_id),
            IsolationLevel::ReadCommitted => {
                let versioned = || {
                    let database = self.server.catalog.database(def.database_id);
                    database.is_some_and(|d| d.read_committed_snapshot)
                };
                if self.snapshot.is_none() && versioned() {
                    self.snapshot = Some(self.server.store.statement_snapshot());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn prepare_snapshot(&mut self, database: DatabaseId) -> Result<()> {
        let Some(found) = self.server.catalog.database(database) else {
            return Ok(());
        };
        if !found.snapshot_isolation {
            return Err(SqlError::new(
                3952,
                format!(
                    "Snapshot isolation transaction failed accessing database '{}' because snapshot isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot isolation.",
                    found.name
                ),
            )
            .kind(ErrorKind::BatchAborting));
        }
        let Some(txn) = &mut self.transaction.txn else {
            return Ok(());
        };
        if txn.isolation != IsolationLevel::Snapshot {
            return Err(SqlError::new(
                3951,
                format!(
                    "Transaction failed in database '{}' because the statement was run under snapshot isolation but the transaction did not start in snapshot isolation. You cannot change the isolation level of the transaction to snapshot after the transaction has started unless the transaction was originally started under snapshot isolation level.",
                    found.name
                ),
            )
            .kind(ErrorKind::BatchAborting));
        }
        self.server.store.transaction_snapshot(txn);
        Ok(())
    }

    /// The moment that reads of a table see; None: they lock.
    pub(super) fn version_time(&self, txn: Option<&Txn>) -> Option<u64> {
        match self.options.isolation {
            IsolationLevel::Snapshot => txn.and_then(Txn::snapshot_time),
            IsolationLevel::ReadCommitted => self.snapshot.as_ref().map(Snapshot::time),
            _ => None,
        }
    }
}
