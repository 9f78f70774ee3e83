//! The clock of commits, the snapshots that readers hold, and the old versions that may go when they end.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::table::Table;
use super::{RowId, TxnId};

#[derive(Debug, Default)]
struct State {
    clock: u64,
    /// Snapshots in use, counted.
    active: BTreeMap<u64, usize>,
    /// Committed, but not yet written into every row that they changed.
    settling: HashMap<TxnId, u64>,
    /// Rows that keep a version which ended at this time, ascending.
    garbage: VecDeque<(u64, Weak<Table>, RowId)>,
}

#[derive(Debug, Default)]
pub(crate) struct Versions {
    state: Mutex<State>,
}

/// A moment whose committed rows a reader sees, kept readable until this is dropped.
#[derive(Debug)]
pub struct Snapshot {
    versions: Arc<Versions>,
    time: u64,
}

impl Snapshot {
    /// What [`crate::locks::LockContext::snapshot`] wants.
    pub fn time(&self) -> u64 {
        self.time
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        let trimmed = {
            let mut state = self.versions.lock();
            if let Some(count) = state.active.get_mut(&self.time) {
                *count -= 1;
                if *count == 0 {
                    state.active.remove(&self.time);
                }
            }
            state.expired()
        };
        trim(trimmed);
    }
}

/// When a transaction committed, and whether anybody still reads what was before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommitTime {
    pub time: u64,
    pub keep_history: bool,
}

impl State {
    /// Takes the versions that no snapshot can see any more.
    fn expired(&mut self) -> Vec<(Weak<Table>, RowId, u64)> {
        let oldest = self.active.keys().next().copied().unwrap_or(u64::MAX);
        let mut out = Vec::new();
        while let Some((ended, _, _)) = self.garbage.front()
            && *ended <= oldest
        {
            if let Some((ended, table, row)) = self.garbage.pop_front() {
                out.push((table, row, ended));
            }
        }
        out
    }
}

fn trim(rows: Vec<(Weak<Table>, RowId, u64)>) {
    for (table, row, ended) in rows {
        if let Some(table) = table.upgrade() {
            table.trim(row, ended);
        }
    }
}

impl Versions {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn snapshot(self: &Arc<Self>) -> Snapshot {
        let mut state = self.lock();
        let time = state.clock;
        *state.active.entry(time).or_default() += 1;
        Snapshot {
            versions: Arc::clone(self),
            time,
        }
    }

    pub fn begin_commit(&self, txn: TxnId) -> CommitTime {
        let mut state = self.lock();
        state.clock += 1;
        let time = state.clock;
        state.settling.insert(txn, time);
        CommitTime {
            time,
            keep_history: !state.active.is_empty(),
        }
    }

    /// `kept`: the rows in which a version was left behind.
    pub fn end_commit(&self, txn: TxnId, time: u64, kept: Vec<(Weak<Table>, RowId)>) {
        let trimmed = {
            let mut state = self.lock();
            state.settling.remove(&txn);
            // Two commits may end in another order than they began.
            let at = state
                .garbage
                .partition_point(|(ended, _, _)| *ended <= time);
            if at == state.garbage.len() {
                state
                    .garbage
                    .extend(kept.into_iter().map(|(table, row)| (time, table, row)));
            } else {
                for (table, row) in kept {
                    state.garbage.insert(at, (time, table, row));
                }
            }
            state.expired()
        };
        trim(trimmed);
    }

    /// Had this transaction committed at `time`, although rows still name it as their writer?
    pub fn settled(&self, txn: TxnId, time: u64) -> bool {
        self.lock().settling.get(&txn).is_some_and(|c| *c <= time)
    }
}
