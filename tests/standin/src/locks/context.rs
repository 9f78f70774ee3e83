//! What a statement brings along when it touches a table: who it is, how long it waits and how it wants to lock.

use std::sync::Arc;
use std::time::Duration;

use super::manager::{HeldLock, LockManager, LockOutcome, Requester};
use super::{Mode, Owner, Resource};
use crate::catalog::model::ObjectId;
use crate::error::Result;
use crate::protocol::{CancelFlag, IsolationLevel};
use crate::storage::RowId;

/// Table hints of one table reference (WITH (...)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    pub nolock: bool,
    pub updlock: bool,
    pub xlock: bool,
    /// HOLDLOCK and SERIALIZABLE.
    pub holdlock: bool,
    pub repeatable_read: bool,
    pub read_committed: bool,
    pub read_committed_lock: bool,
    pub readpast: bool,
    pub nowait: bool,
    pub rowlock: bool,
    pub paglock: bool,
    pub tablock: bool,
    pub tablockx: bool,
    /// SNAPSHOT, of a memory-optimised table.
    pub snapshot: bool,
}

impl Hints {
    /// Hints that make the read a locking one whatever the isolation level or the database's row versioning say.
    pub fn locks_read(&self) -> bool {
        self.updlock
            || self.xlock
            || self.tablockx
            || self.holdlock
            || self.repeatable_read
            || self.read_committed_lock
    }
}

/// How a read protects what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadLocking {
    /// READ UNCOMMITTED: reads uncommitted rows, takes Sch-S only.
    Dirty,
    /// The last version committed at or before this time.
    Version(u64),
    /// READ COMMITTED: waits for uncommitted rows, keeps nothing.
    Committed,
    /// Row locks kept until the transaction ends; `range`: the gaps too.
    Keep { mode: Mode, range: bool },
}

/// Passed to every call that reads or writes rows.
#[derive(Clone)]
pub struct LockContext<'a> {
    pub owner: Owner,
    pub spid: u16,
    /// SET LOCK_TIMEOUT: None waits for ever.
    pub timeout: Option<Duration>,
    pub cancel: &'a CancelFlag,
    pub isolation: IsolationLevel,
    pub hints: Hints,
    pub manager: &'a Arc<LockManager>,
    /// SET DEADLOCK_PRIORITY, -10..=10.
    pub deadlock_priority: i32,
    /// Undo records of the transaction: of two with equal priority the cheaper one is the deadlock victim.
    pub undo_cost: u64,
    /// Row versioning: SNAPSHOT isolation (the transaction's snapshot) or READ_COMMITTED_SNAPSHOT (the statement's).
    pub snapshot: Option<u64>,
    /// What the transaction sees of memory-optimised tables.
    pub memory_snapshot: Option<u64>,
    /// Where reads of memory-optimised tables are noted, if the transaction's commit has to look at them again.
    pub(crate) reads: Option<crate::storage::Reads>,
    /// The table's LOCK_ESCALATION is not DISABLE; the storage fills this in itself.
    pub escalation: bool,
}

impl<'a> LockContext<'a> {
    pub fn new(
        manager: &'a Arc<LockManager>,
        owner: Owner,
        spid: u16,
        cancel: &'a CancelFlag,
        isolation: IsolationLevel,
    ) -> Self {
        Self {
            owner,
            spid,
            timeout: None,
            cancel,
            isolation,
            hints: Hints::default(),
            manager,
            deadlock_priority: 0,
            undo_cost: 0,
            snapshot: None,
            memory_snapshot: None,
            reads: None,
            escalation: true,
        }
    }

    /// The same statement with another table reference's hints.
    #[must_use]
    pub fn with_hints(&self, hints: Hints) -> Self {
        let mut other = self.clone();
        other.hints = hints;
        other
    }

    pub fn requester(&self) -> Requester<'a> {
        Requester {
            owner: self.owner,
            spid: self.spid,
            timeout: if self.hints.nowait {
                Some(Duration::ZERO)
            } else {
                self.timeout
            },
            cancel: self.cancel,
            deadlock_priority: self.deadlock_priority,
            undo_cost: self.undo_cost,
        }
    }

    /// Locks an object (Sch-S, Sch-M, IS, IX, S, X ...) until the transaction ends.
    pub fn lock_object(&self, object: ObjectId, mode: Mode) -> Result<LockOutcome> {
        self.manager
            .acquire(&self.requester(), Resource::Object(object), mode)
    }

    /// Locks an object until the guard is dropped: Sch-S of a statement.
    pub fn hold_object(&self, object: ObjectId, mode: Mode) -> Result<HeldLock> {
        self.manager
            .hold(&self.requester(), Resource::Object(object), mode)
    }

    /// Gives back a row lock taken by a scan on a row that the statement's predicate then rejected.
    pub fn release_row(&self, object: ObjectId, row: RowId) {
        self.manager
            .release(self.owner, &Resource::Row(object, row));
    }

    pub(crate) fn read_locking(&self) -> ReadLocking {
        let h = &self.hints;
        let serializable = h.holdlock || self.isolation == IsolationLevel::Serializable;
        if h.nolock || (self.isolation == IsolationLevel::ReadUncommitted && !h.locks_read()) {
            return ReadLocking::Dirty;
        }
        if let Some(snapshot) = self.snapshot
            && !h.locks_read()
            && !serializable
        {
            return ReadLocking::Version(snapshot);
        }
        let mode = if h.xlock {
            Mode::X
        } else if h.updlock {
            Mode::U
        } else if serializable
            || h.repeatable_read
            || self.isolation == IsolationLevel::RepeatableRead
        {
            Mode::S
        } else {
            return ReadLocking::Committed;
        };
        ReadLocking::Keep {
            mode,
            range: serializable,
        }
    }
}
