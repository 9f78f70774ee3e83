//! The lock manager: one table of granted and waiting requests behind one mutex. Waiting happens on a condition
//! variable per request, so that a release wakes exactly those whom it serves.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::message::outcome;
use super::state::{Hold, Kind, State, WaitStatus, Waiter};
use super::{Mode, ModeSet, Owner, Resource, deadlock};
use crate::catalog::model::ObjectId;
use crate::error::Result;
use crate::protocol::CancelFlag;

/// How often a waiter looks at its cancel flag.
const CANCEL_POLL: Duration = Duration::from_millis(10);
/// Row and key locks of one statement on one table at which a table lock is tried, and how many more until the next try.
const ESCALATION_FIRST: u32 = 5000;
const ESCALATION_AGAIN: u32 = 1250;

/// Who asks, and how long and how stubbornly.
#[derive(Debug, Clone, Copy)]
pub struct Requester<'a> {
    pub owner: Owner,
    pub spid: u16,
    pub timeout: Option<Duration>,
    pub cancel: &'a CancelFlag,
    pub deadlock_priority: i32,
    pub undo_cost: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockOutcome {
    Granted,
    GrantedAfterWait,
}

/// How a request ended, before it becomes an error or a return code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Granted,
    GrantedAfterWait,
    TimedOut,
    Deadlock,
    Cancelled,
}

#[derive(Debug, Default)]
pub struct LockManager {
    state: Mutex<State>,
    next_ticket: AtomicU64,
    next_guard: AtomicU64,
    /// Key locks of all tables; zero means that nobody protects a gap.
    key_lock_count: AtomicUsize,
}

/// A lock that ends when the guard is dropped.
#[derive(Debug)]
pub struct HeldLock {
    manager: Arc<LockManager>,
    owner: Owner,
    resource: Resource,
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        self.manager.release(self.owner, &self.resource);
    }
}

impl LockManager {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grants `mode` to the owner until it is released. Row and key locks under a table lock that covers them cost
    /// nothing. Errors: 1222, 1205, cancelled.
    pub fn acquire(
        &self,
        who: &Requester<'_>,
        resource: Resource,
        mode: Mode,
    ) -> Result<LockOutcome> {
        let state = resource.timeout_state();
        outcome(
            self.request(who, resource, mode, Kind::Keep, who.timeout),
            who.spid,
            state,
        )
    }

    /// Waits until `mode` could be granted and keeps nothing.
    pub fn wait_for(
        &self,
        who: &Requester<'_>,
        resource: Resource,
        mode: Mode,
    ) -> Result<LockOutcome> {
        let state = resource.timeout_state();
        outcome(
            self.request(who, resource, mode, Kind::Instant, who.timeout),
            who.spid,
            state,
        )
    }

    /// Like `acquire`, without ever waiting: false when somebody is in the way.
    pub fn try_acquire(&self, who: &Requester<'_>, resource: Resource, mode: Mode) -> bool {
        self.request(who, resource, mode, Kind::Keep, Some(Duration::ZERO)) == Ended::Granted
    }

    /// Could `mode` be granted now?
    pub fn test(&self, who: &Requester<'_>, resource: Resource, mode: Mode) -> bool {
        self.request(who, resource, mode, Kind::Instant, Some(Duration::ZERO)) == Ended::Granted
    }

    /// A lock that belongs to a guard instead of the transaction.
    pub fn hold(
        self: &Arc<Self>,
        who: &Requester<'_>,
        resource: Resource,
        mode: Mode,
    ) -> Result<HeldLock> {
        let mut who = *who;
        who.owner = Owner::Guard(self.next_guard.fetch_add(1, Ordering::Relaxed));
        self.acquire(&who, resource.clone(), mode)?;
        Ok(HeldLock {
            manager: Arc::clone(self),
            owner: who.owner,
            resource,
        })
    }

    /// A row or key lock that counts towards escalation.
    pub(crate) fn acquire_row(
        &self,
        who: &Requester<'_>,
        resource: Resource,
        mode: Mode,
        escalation: bool,
    ) -> Result<LockOutcome> {
        let Some(table) = resource.object() else {
            return self.acquire(who, resource, mode);
        };
        let mut state = self.lock();
        if state.covered_by_table(who.owner, &resource, mode) {
            return Ok(LockOutcome::Granted);
        }
        // Nearly always nobody has ever heard of the row.
        let outcome = if state.entries.contains_key(&resource) {
            drop(state);
            let granted = self.acquire(who, resource, mode)?;
            state = self.lock();
            granted
        } else {
            self.record(&mut state, &resource, who.owner, who.spid, mode.set());
            LockOutcome::Granted
        };
        if escalation {
            self.escalate(&mut state, who, table);
        }
        Ok(outcome)
    }

    /// Does anybody hold a lock on a key or gap of this table?
    pub(crate) fn has_key_locks(&self, table: ObjectId) -> bool {
        self.key_lock_count.load(Ordering::SeqCst) > 0 && self.lock().key_locks.contains_key(&table)
    }

    /// Does the session itself hold a range lock on this key?
    pub(crate) fn holds_range(&self, spid: u16, resource: &Resource) -> bool {
        self.lock().entries.get(resource).is_some_and(|e| {
            e.holders
                .iter()
                .any(|h| h.spid == spid && !h.modes.compatible(Mode::RangeIN.set()))
        })
    }

    /// A key disappears from its index: whoever protected the gap below it protects it by the next key from now on.
    pub(crate) fn inherit_ranges(&self, from: &Resource, to: &Resource) {
        let mut state = self.lock();
        let heirs: Vec<(Owner, u16, ModeSet)> = state
            .entries
            .get(from)
            .map(|e| {
                e.holders
                    .iter()
                    .filter(|h| !h.modes.compatible(Mode::RangeIN.set()))
                    .map(|h| (h.owner, h.spid, h.modes))
                    .collect()
            })
            .unwrap_or_default();
        for (owner, spid, modes) in heirs {
            self.record(&mut state, to, owner, spid, modes);
        }
    }

    /// The statement's count towards escalation begins anew.
    pub(crate) fn begin_statement(&self, owner: Owner) {
        if let Some(owned) = self.lock().owned.get_mut(&owner) {
            for table in owned.tables.values_mut() {
                table.tally = 0;
                table.exclusive = false;
            }
        }
    }

    /// Gives back one acquisition; the lock ends with the last of them.
    pub fn release(&self, owner: Owner, resource: &Resource) {
        let mut state = self.lock();
        let Some(entry) = state.entries.get_mut(resource) else {
            return;
        };
        let Some(at) = entry.holders.iter().position(|h| h.owner == owner) else {
            return;
        };
        entry.holders[at].count -= 1;
        if entry.holders[at].count > 0 {
            return;
        }
        self.forget(&mut state, owner, resource);
        self.drop_hold(&mut state, owner, resource);
    }

    /// Everything that the owner holds: the end of a transaction or session.
    pub fn release_all(&self, owner: Owner) {
        let mut state = self.lock();
        let Some(owned) = state.owned.remove(&owner) else {
            return;
        };
        for (table, on_table) in owned.tables {
            for resource in on_table.resources {
                self.drop_hold(&mut state, owner, &resource);
            }
            if !on_table.table_modes.is_empty() {
                self.drop_hold(&mut state, owner, &Resource::Object(table));
            }
        }
        for resource in owned.others {
            if matches!(resource, Resource::Application(_)) {
                state.application.remove(&(owner, resource.clone()));
            }
            self.drop_hold(&mut state, owner, &resource);
        }
    }

    pub(super) fn request(
        &self,
        who: &Requester<'_>,
        resource: Resource,
        mode: Mode,
        kind: Kind,
        timeout: Option<Duration>,
    ) -> Ended {
        let mut state = self.lock();
        if state.covered_by_table(who.owner, &resource, mode) {
            return Ended::Granted;
        }
        let held = state.held(who.owner, &resource);
        if !held.is_empty() && held.covers(mode.set()) {
            if kind == Kind::Keep {
                self.record(&mut state, &resource, who.owner, who.spid, mode.set());
            }
            return Ended::Granted;
        }
        let modes = held.with(mode.set());
        let conversion = !held.is_empty();
        if state.grantable(&resource, who.spid, modes, conversion, None) {
            if kind == Kind::Keep {
                self.record(&mut state, &resource, who.owner, who.spid, modes);
            }
            return Ended::Granted;
        }
        if timeout == Some(Duration::ZERO) {
            return Ended::TimedOut;
        }
        let ticket = self.enqueue(&mut state, who, resource, modes, conversion, kind);
        self.wait(state, ticket, who, timeout)
    }

    fn enqueue(
        &self,
        state: &mut State,
        who: &Requester<'_>,
        resource: Resource,
        modes: ModeSet,
        conversion: bool,
        kind: Kind,
    ) -> u64 {
        let ticket = self.next_ticket.fetch_add(1, Ordering::Relaxed);
        // Conversions go before requests of sessions that hold nothing yet, behind earlier conversions.
        let place = if conversion {
            let waiters = &state.waiters;
            state.entries.get(&resource).map_or(0, |e| {
                e.queue
                    .iter()
                    .take_while(|t| waiters.get(t).is_some_and(|w| w.conversion))
                    .count()
            })
        } else {
            usize::MAX
        };
        let entry = state.entries.entry(resource.clone()).or_default();
        let place = place.min(entry.queue.len());
        entry.queue.insert(place, ticket);
        state.waiters.insert(
            ticket,
            Waiter {
                spid: who.spid,
                owner: who.owner,
                resource,
                modes,
                conversion,
                kind,
                priority: who.deadlock_priority,
                cost: who.undo_cost,
                since: Instant::now(),
                status: WaitStatus::Waiting,
                wake: Arc::default(),
            },
        );
        ticket
    }

    fn wait(
        &self,
        mut state: MutexGuard<'_, State>,
        ticket: u64,
        who: &Requester<'_>,
        timeout: Option<Duration>,
    ) -> Ended {
        let deadline = timeout.and_then(|t| Instant::now().checked_add(t));
        let begun = state.begin_wait(ticket);
        let mut ended = None;
        while ended.is_none() {
            deadlock::resolve(&mut state, ticket);
            let Some(waiter) = state.waiters.get(&ticket) else {
                return Ended::Cancelled;
            };
            let wake = Arc::clone(&waiter.wake);
            ended = match waiter.status {
                WaitStatus::Granted => Some(Ended::GrantedAfterWait),
                WaitStatus::Victim => Some(Ended::Deadlock),
                WaitStatus::Waiting if who.cancel.is_set() => Some(Ended::Cancelled),
                WaitStatus::Waiting if deadline.is_some_and(|d| Instant::now() >= d) => {
                    Some(Ended::TimedOut)
                }
                WaitStatus::Waiting => None,
            };
            if ended.is_none() {
                let slice = deadline.map_or(CANCEL_POLL, |d| {
                    d.saturating_duration_since(Instant::now()).min(CANCEL_POLL)
                });
                state = wake
                    .wait_timeout(state, slice)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
        }
        if let Some((key, since)) = begun {
            state.end_wait(key, since.elapsed());
        }
        let waiter = state.waiters.remove(&ticket);
        if let Some(waiter) = &waiter
            && let Some(tally) = state.tally(&waiter.resource)
        {
            tally.waits += 1;
            tally.waited += waiter.since.elapsed();
        }
        if let Some(waiter) = waiter
            && ended != Some(Ended::GrantedAfterWait)
        {
            if let Some(entry) = state.entries.get_mut(&waiter.resource) {
                entry.queue.retain(|t| *t != ticket);
            }
            self.serve(&mut state, &waiter.resource);
        }
        ended.unwrap_or(Ended::Cancelled)
    }

    /// Writes down that the owner holds `modes` (in addition to what it held).
    fn record(
        &self,
        state: &mut State,
        resource: &Resource,
        owner: Owner,
        spid: u16,
        modes: ModeSet,
    ) {
        let entry = match state.entries.get_mut(resource) {
            Some(entry) => entry,
            None => state.entries.entry(resource.clone()).or_default(),
        };
        let first = match entry.holders.iter_mut().find(|h| h.owner == owner) {
            Some(hold) => {
                hold.modes = hold.modes.with(modes);
                hold.count += 1;
                false
            }
            None => {
                entry.holders.push(Hold {
                    owner,
                    spid,
                    modes,
                    count: 1,
                });
                true
            }
        };
        let owned = state.owned.entry(owner).or_default();
        match resource {
            Resource::Object(id) => {
                let table = owned.tables.entry(*id).or_default();
                table.table_modes = table.table_modes.with(modes);
            }
            Resource::Row(id, _) | Resource::Key(id, ..) => {
                let table = owned.tables.entry(*id).or_default();
                table.exclusive |= !modes.mode().is_shared();
                if first {
                    table.tally += 1;
                    table.resources.push(resource.clone());
                }
            }
            Resource::Database(_) | Resource::Application(_) if first => {
                owned.others.push(resource.clone());
            }
            Resource::Database(_) | Resource::Application(_) => {}
        }
        if first && let Some(tally) = state.tally(resource) {
            tally.locks += 1;
        }
        if first && let Resource::Key(id, ..) = resource {
            *state.key_locks.entry(*id).or_default() += 1;
            self.key_lock_count.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Takes the resource off the owner's list.
    fn forget(&self, state: &mut State, owner: Owner, resource: &Resource) {
        let Some(owned) = state.owned.get_mut(&owner) else {
            return;
        };
        match resource.object() {
            Some(id) => {
                if let Some(table) = owned.tables.get_mut(&id) {
                    if let Resource::Object(_) = resource {
                        table.table_modes = ModeSet::default();
                    } else if let Some(at) = table.resources.iter().rposition(|r| r == resource) {
                        // The newest locks are the ones that are given back early.
                        table.resources.swap_remove(at);
                        table.tally = table.tally.saturating_sub(1);
                    }
                    if table.resources.is_empty() && table.table_modes.is_empty() {
                        owned.tables.remove(&id);
                    }
                }
            }
            None => owned.others.retain(|r| r != resource),
        }
        if owned.tables.is_empty() && owned.others.is_empty() {
            state.owned.remove(&owner);
        }
    }

    /// Ends the hold and serves those who waited for it.
    fn drop_hold(&self, state: &mut State, owner: Owner, resource: &Resource) {
        let Some(entry) = state.entries.get_mut(resource) else {
            return;
        };
        let before = entry.holders.len();
        entry.holders.retain(|h| h.owner != owner);
        if entry.holders.len() < before
            && let Resource::Key(id, ..) = resource
        {
            self.key_lock_count.fetch_sub(1, Ordering::SeqCst);
            if let Some(count) = state.key_locks.get_mut(id) {
                *count -= 1;
                if *count == 0 {
                    state.key_locks.remove(id);
                }
            }
        }
        self.serve(state, resource);
    }

    /// Grants what can be granted now, in the order of the queue.
    fn serve(&self, state: &mut State, resource: &Resource) {
        let Some(entry) = state.entries.get(resource) else {
            return;
        };
        if entry.queue.is_empty() {
            if entry.holders.is_empty() {
                state.entries.remove(resource);
            }
            return;
        }
        for ticket in entry.queue.clone() {
            let Some(w) = state.waiters.get(&ticket) else {
                continue;
            };
            let (owner, spid, kind) = (w.owner, w.spid, w.kind);
            let modes = state.held(owner, resource).with(w.modes);
            if w.status != WaitStatus::Waiting
                || !state.grantable(resource, spid, modes, w.conversion, Some(ticket))
            {
                continue;
            }
            if kind == Kind::Keep {
                self.record(state, resource, owner, spid, modes);
            }
            if let Some(entry) = state.entries.get_mut(resource) {
                entry.queue.retain(|t| *t != ticket);
            }
            if let Some(w) = state.waiters.get_mut(&ticket) {
                w.status = WaitStatus::Granted;
                w.wake.notify_all();
            }
        }
        if state
            .entries
            .get(resource)
            .is_some_and(|e| e.queue.is_empty() && e.holders.is_empty())
        {
            state.entries.remove(resource);
        }
    }

    /// Trades the statement's row and key locks on the table for one table lock, if nobody is in the way.
    pub(crate) fn escalate_if_due(&self, who: &Requester<'_>, table: ObjectId) {
        self.escalate(&mut self.lock(), who, table);
    }

    fn escalate(&self, state: &mut State, who: &Requester<'_>, table: ObjectId) {
        let Some(on_table) = state
            .owned
            .get(&who.owner)
            .and_then(|o| o.tables.get(&table))
        else {
            return;
        };
        let tally = on_table.tally;
        if tally < ESCALATION_FIRST || !(tally - ESCALATION_FIRST).is_multiple_of(ESCALATION_AGAIN)
        {
            return;
        }
        let exclusive = on_table.exclusive || on_table.table_modes.has_intent_exclusive();
        let wanted = if exclusive { Mode::X } else { Mode::S };
        let modes = on_table.table_modes.with(wanted.set());
        let resource = Resource::Object(table);
        let granted = state.grantable(&resource, who.spid, modes, true, None);
        let tally = state.tallies.entry((table, None)).or_default();
        tally.promotion_attempts += 1;
        if !granted {
            return;
        }
        tally.promotions += 1;
        self.record(state, &resource, who.owner, who.spid, modes);
        let rows = state
            .owned
            .get_mut(&who.owner)
            .and_then(|o| o.tables.get_mut(&table))
            .map(|t| {
                t.tally = 0;
                std::mem::take(&mut t.resources)
            })
            .unwrap_or_default();
        for row in rows {
            self.drop_hold(state, who.owner, &row);
        }
    }

    /// Application locks are given back in single modes: what is left decides what is still held.
    pub(super) fn weaken(&self, owner: Owner, resource: &Resource, rest: ModeSet) {
        let mut state = self.lock();
        if let Some(hold) = state
            .entries
            .get_mut(resource)
            .and_then(|e| e.holders.iter_mut().find(|h| h.owner == owner))
        {
            hold.modes = rest;
        }
        self.serve(&mut state, resource);
    }
}
