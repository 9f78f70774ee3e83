//! Finds circles of sessions that wait for each other and chooses who gives way.

use super::state::{State, WaitStatus};

/// Looks for a circle through the session of `ticket`. Its victim is the session with the lowest priority, then the
/// one with the least to undo, and of equals the one that closed the circle.
pub(super) fn resolve(state: &mut State, ticket: u64) {
    let Some(me) = state.waiters.get(&ticket) else {
        return;
    };
    if me.status != WaitStatus::Waiting {
        return;
    }
    let mut path = vec![ticket];
    let mut seen = vec![me.spid];
    if !circle(state, me.spid, ticket, &mut path, &mut seen) {
        return;
    }
    let victim = path
        .iter()
        .filter_map(|t| {
            state
                .waiters
                .get(t)
                .map(|w| (w.priority, w.cost, *t != ticket, *t))
        })
        .min()
        .map(|(_, _, _, t)| t);
    if let Some(waiter) = victim.and_then(|t| state.waiters.get_mut(&t)) {
        waiter.status = WaitStatus::Victim;
        waiter.wake.notify_all();
    }
}

/// Depth-first along "waits for"; leaves in `path` the tickets of a circle that comes back to `start`.
fn circle(
    state: &State,
    start: u16,
    ticket: u64,
    path: &mut Vec<u64>,
    seen: &mut Vec<u16>,
) -> bool {
    for spid in state.blockers(ticket) {
        if spid == start {
            return true;
        }
        if seen.contains(&spid) {
            continue;
        }
        seen.push(spid);
        let waiting = state
            .waiters
            .iter()
            .find(|(_, w)| w.spid == spid && w.status == WaitStatus::Waiting)
            .map(|(t, _)| *t);
        if let Some(next) = waiting {
            path.push(next);
            if circle(state, start, next, path, seen) {
                return true;
            }
            path.pop();
        }
    }
    false
}
