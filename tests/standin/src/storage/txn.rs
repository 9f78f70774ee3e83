//! A transaction: what it has to undo.

use std::collections::HashSet;
use std::sync::Arc;

use super::codec::RowBytes;
use super::memory::Reads;
use super::table::Table;
use super::versions::Snapshot;
use super::{RowId, TxnId};
use crate::catalog::model::ObjectId;
use crate::locks::Owner;
use crate::protocol::IsolationLevel;

/// A place in a transaction to which it can be rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Savepoint(pub(super) usize);

pub(crate) enum Undo {
    Row {
        table: Arc<Table>,
        row: RowId,
        /// The image before; None: there was none, or it was deleted.
        before: Option<RowBytes>,
        /// The transaction's first change of the row: the one that commit and rollback settle.
        first: bool,
    },
    /// A change of definitions.
    Action(Box<dyn FnOnce() + Send>),
}

/// One open transaction. Belongs to one session; ends with `Store::commit` or `Store::rollback`.
pub struct Txn {
    pub id: TxnId,
    /// DateTime2 ticks (UTC) of BEGIN: the value of ROW START.
    pub begin_ticks: i64,
    pub isolation: IsolationLevel,
    pub(super) undo: Vec<Undo>,
    /// Tables on which it holds IX or more.
    pub(super) intents: HashSet<ObjectId>,
    /// SNAPSHOT isolation's, or that of the memory-optimised tables.
    pub(super) snapshot: Option<Snapshot>,
    /// What must not change until it commits: reads of memory-optimised tables under the stricter levels.
    pub(super) reads: Reads,
    /// It has used memory-optimised tables.
    pub memory_optimized: bool,
    /// User databases whose tables it has used.
    pub databases: Vec<crate::catalog::model::DatabaseId>,
}

impl std::fmt::Debug for Txn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Txn")
            .field("id", &self.id)
            .field("isolation", &self.isolation)
            .field("undo", &self.undo.len())
            .finish_non_exhaustive()
    }
}

impl Txn {
    /// What a SNAPSHOT transaction reads, once it has read something.
    pub fn snapshot_time(&self) -> Option<u64> {
        self.snapshot.as_ref().map(Snapshot::time)
    }

    /// Gives a statement what it needs to read memory-optimised tables.
    pub(crate) fn share_reads(&self, locks: &mut crate::locks::LockContext<'_>) {
        if self.memory_optimized {
            locks.memory_snapshot = self.snapshot_time();
            locks.reads = Some(Arc::clone(&self.reads));
        }
    }

    pub fn owner(&self) -> Owner {
        Owner::Transaction(self.id)
    }

    /// Undo records so far: what a rollback would cost.
    pub fn undo_cost(&self) -> u64 {
        self.undo.len() as u64
    }

    pub fn has_changes(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Something to run if the transaction rolls back past this point (catalog changes). Runs without any latch held.
    pub fn on_undo(&mut self, action: impl FnOnce() + Send + 'static) {
        self.undo.push(Undo::Action(Box::new(action)));
    }
}

/// UTC now in 100 ns since 0001-01-01.
pub(super) fn ticks_now() -> i64 {
    const EPOCH: i64 = 621_355_968_000_000_000;
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|d| i64::try_from(d.as_nanos() / 100).ok())
        .map_or(EPOCH, |t| t + EPOCH)
}
