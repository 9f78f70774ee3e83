//! The lock table: who holds what, who waits for what, and what can be granted.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Condvar};
use std::time::{Duration, Instant};

use super::hash::Hasher;
use super::{Mode, ModeSet, Owner, Resource};
use crate::catalog::model::ObjectId;

/// How a request is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Granted and recorded.
    Keep,
    /// Waits until it could be granted, and records nothing.
    Instant,
}

#[derive(Debug)]
pub(super) struct Hold {
    pub owner: Owner,
    pub spid: u16,
    pub modes: ModeSet,
    pub count: u32,
}

#[derive(Debug, Default)]
pub(super) struct Entry {
    pub holders: Vec<Hold>,
    /// Tickets in the order in which they are served.
    pub queue: VecDeque<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitStatus {
    Waiting,
    Granted,
    Victim,
}

#[derive(Debug)]
pub(super) struct Waiter {
    pub spid: u16,
    pub owner: Owner,
    pub resource: Resource,
    /// What it will hold: for a conversion including what its owner holds already.
    pub modes: ModeSet,
    pub conversion: bool,
    pub kind: Kind,
    pub priority: i32,
    pub cost: u64,
    pub since: Instant,
    pub status: WaitStatus,
    pub wake: Arc<Condvar>,
}

/// Row and key locks of one index since the server began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub locks: u64,
    pub waits: u64,
    pub waited: std::time::Duration,
    pub promotion_attempts: u64,
    pub promotions: u64,
}

/// Locks of one owner on one table.
#[derive(Debug, Default)]
pub(super) struct OnTable {
    pub table_modes: ModeSet,
    pub resources: Vec<Resource>,
    /// Row and key locks taken since the statement began.
    pub tally: u32,
    /// Some of them for writing.
    pub exclusive: bool,
}

#[derive(Debug, Default)]
pub(super) struct Owned {
    pub tables: HashMap<ObjectId, OnTable, Hasher>,
    pub others: Vec<Resource>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub entries: HashMap<Resource, Entry, Hasher>,
    pub waiters: HashMap<u64, Waiter>,
    pub owned: HashMap<Owner, Owned, Hasher>,
    /// Key locks per table, so that writers of other tables need not look for gaps.
    pub key_locks: HashMap<ObjectId, usize>,
    /// What has been locked and waited for so far, per table and index (None: the rows themselves).
    pub tallies: HashMap<(ObjectId, Option<i32>), Tally, Hasher>,
    /// The single modes in which application locks were taken: they are given back one by one.
    pub application: HashMap<(Owner, Resource), Vec<Mode>>,
    /// What sessions have waited for so far, by session and wait type.
    pub waited: BTreeMap<(u16, String), Waited>,
}

/// Waits of one session of one type since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waited {
    /// Counted when a wait begins; its time is added when it ends.
    pub count: u64,
    pub total: Duration,
    pub longest: Duration,
}

impl State {
    /// Counts a wait that begins: under what, and since when.
    pub(super) fn begin_wait(&mut self, ticket: u64) -> Option<((u16, String), Instant)> {
        let waiter = self.waiters.get(&ticket)?;
        let key = (waiter.spid, super::view::wait_type(waiter.modes.mode()));
        let since = waiter.since;
        self.waited.entry(key.clone()).or_default().count += 1;
        Some((key, since))
    }

    /// Adds the time of a wait that is over, whatever ended it.
    pub(super) fn end_wait(&mut self, key: (u16, String), time: Duration) {
        let waited = self.waited.entry(key).or_default();
        waited.total += time;
        waited.longest = waited.longest.max(time);
    }

    /// Where a row or key lock is counted.
    pub(super) fn tally(&mut self, resource: &Resource) -> Option<&mut Tally> {
        let place = match resource {
            Resource::Row(id, _) => (*id, None),
            Resource::Key(id, index, _) => (*id, Some(*index)),
            _ => return None,
        };
        Some(self.tallies.entry(place).or_default())
    }

    pub(super) fn held(&self, owner: Owner, resource: &Resource) -> ModeSet {
        self.entries
            .get(resource)
            .and_then(|e| e.holders.iter().find(|h| h.owner == owner))
            .map(|h| h.modes)
            .unwrap_or_default()
    }

    pub(super) fn covered_by_table(&self, owner: Owner, resource: &Resource, mode: Mode) -> bool {
        let (Resource::Row(id, _) | Resource::Key(id, ..)) = resource else {
            return false;
        };
        self.owned
            .get(&owner)
            .and_then(|o| o.tables.get(id))
            .is_some_and(|t| t.table_modes.covers_rows(!mode.is_shared()))
    }

    /// Compatible with every other session's lock, and no one who came earlier is passed over (`before`: the ticket
    /// that asks, if it waits already).
    pub(super) fn grantable(
        &self,
        resource: &Resource,
        spid: u16,
        modes: ModeSet,
        conversion: bool,
        before: Option<u64>,
    ) -> bool {
        let Some(entry) = self.entries.get(resource) else {
            return true;
        };
        if entry
            .holders
            .iter()
            .any(|h| h.spid != spid && !h.modes.compatible(modes))
        {
            return false;
        }
        entry
            .queue
            .iter()
            .take_while(|t| Some(**t) != before)
            .filter_map(|t| self.waiters.get(t))
            .all(|w| {
                w.spid == spid
                    || w.status != WaitStatus::Waiting
                    || (conversion && !w.conversion)
                    || w.modes.compatible(modes)
            })
    }

    /// Sessions that the waiting request depends on.
    pub(super) fn blockers(&self, ticket: u64) -> Vec<u16> {
        let Some(waiter) = self.waiters.get(&ticket) else {
            return Vec::new();
        };
        let Some(entry) = self.entries.get(&waiter.resource) else {
            return Vec::new();
        };
        let holders = entry
            .holders
            .iter()
            .filter(|h| h.spid != waiter.spid && !h.modes.compatible(waiter.modes))
            .map(|h| h.spid);
        let ahead = entry
            .queue
            .iter()
            .take_while(|t| **t != ticket)
            .filter_map(|t| self.waiters.get(t))
            .filter(|w| {
                w.spid != waiter.spid
                    && w.status == WaitStatus::Waiting
                    && !w.modes.compatible(waiter.modes)
            })
            .map(|w| w.spid);
        holders.chain(ahead).collect()
    }
}
