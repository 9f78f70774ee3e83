//! What the lock table looks like from outside: sys.dm_tran_locks, sys.dm_os_waiting_tasks, sys.dm_exec_requests.

use std::time::Duration;

use super::state::{Tally, WaitStatus, Waited};
use super::{LockManager, Mode, Owner, Resource};
use crate::catalog::model::ObjectId;

/// A row of sys.dm_tran_locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRow {
    pub resource: Resource,
    pub mode: Mode,
    pub status: LockStatus,
    pub spid: u16,
    pub owner: Owner,
    pub count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockStatus {
    Granted,
    Waiting,
    Converting,
}

/// A session that waits now, for sys.dm_exec_requests and sys.dm_os_waiting_tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitRow {
    pub spid: u16,
    pub blocking_spid: u16,
    pub resource: Resource,
    /// e.g. LCK_M_X, LCK_M_SCH_M, LCK_M_RS_U, LCK_M_RIn_NL
    pub wait_type: String,
    pub waited: Duration,
}

impl LockManager {
    /// Row and key locks of an index so far; `base`: it is the heap or clustered index, to which the rows belong.
    pub fn tally(&self, object: ObjectId, index_id: i32, base: bool) -> Tally {
        let state = self.lock();
        let of = |index| {
            state
                .tallies
                .get(&(object, index))
                .copied()
                .unwrap_or_default()
        };
        let mut tally = of(Some(index_id));
        if base {
            let rows = of(None);
            tally.locks += rows.locks;
            tally.waits += rows.waits;
            tally.waited += rows.waited;
            tally.promotion_attempts += rows.promotion_attempts;
            tally.promotions += rows.promotions;
        }
        tally
    }

    /// Every granted and waiting request.
    pub fn list(&self) -> Vec<LockRow> {
        let state = self.lock();
        let mut rows = Vec::new();
        for (resource, entry) in &state.entries {
            for hold in &entry.holders {
                rows.push(LockRow {
                    resource: resource.clone(),
                    mode: hold.modes.mode(),
                    status: LockStatus::Granted,
                    spid: hold.spid,
                    owner: hold.owner,
                    count: hold.count,
                });
            }
            for waiter in entry.queue.iter().filter_map(|t| state.waiters.get(t)) {
                rows.push(LockRow {
                    resource: resource.clone(),
                    mode: waiter.modes.mode(),
                    status: if waiter.conversion {
                        LockStatus::Converting
                    } else {
                        LockStatus::Waiting
                    },
                    spid: waiter.spid,
                    owner: waiter.owner,
                    count: 1,
                });
            }
        }
        rows
    }

    /// Who waits for whom now.
    pub fn waits(&self) -> Vec<WaitRow> {
        let state = self.lock();
        state
            .waiters
            .iter()
            .filter(|(_, w)| w.status == WaitStatus::Waiting)
            .map(|(ticket, w)| WaitRow {
                spid: w.spid,
                blocking_spid: state.blockers(*ticket).first().copied().unwrap_or(0),
                resource: w.resource.clone(),
                wait_type: wait_type(w.modes.mode()),
                waited: w.since.elapsed(),
            })
            .collect()
    }
}

impl LockManager {
    /// What sessions have waited for since they were opened: session, wait type, waits.
    pub fn waited(&self) -> Vec<(u16, String, Waited)> {
        let state = self.lock();
        state
            .waited
            .iter()
            .map(|((spid, kind), waited)| (*spid, kind.clone(), *waited))
            .collect()
    }

    /// The session is gone, or begins anew.
    pub fn forget_waits(&self, spid: u16) {
        self.lock().waited.retain(|(other, _), _| *other != spid);
    }
}

pub(super) fn wait_type(mode: Mode) -> String {
    let name = match mode {
        Mode::SchS => "SCH_S",
        Mode::SchM => "SCH_M",
        Mode::RangeSS => "RS_S",
        Mode::RangeSU => "RS_U",
        Mode::RangeIN => "RIn_NL",
        Mode::RangeXX => "RX_X",
        other => other.name(),
    };
    format!("LCK_M_{name}")
}
