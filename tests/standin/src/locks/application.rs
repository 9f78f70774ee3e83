//! sp_getapplock, sp_releaseapplock, APPLOCK_MODE and APPLOCK_TEST: named locks that mean what applications agree on.

use std::time::Duration;

use super::manager::{Ended, Requester};
use super::state::Kind;
use super::{ApplicationResource, LockManager, Mode, ModeSet, Owner, Resource};

/// Return codes of sp_getapplock. Lock arbitration never raises: a deadlock victim keeps its transaction.
pub const GRANTED: i32 = 0;
pub const GRANTED_AFTER_WAIT: i32 = 1;
pub const TIMED_OUT: i32 = -1;
pub const CANCELLED: i32 = -2;
pub const DEADLOCK_VICTIM: i32 = -3;
pub const BAD_CALL: i32 = -999;

/// Characters of a resource name that count.
const NAME_LENGTH: usize = 255;

impl ApplicationResource {
    /// Names beyond 255 characters are cut without a word; case and trailing spaces count.
    pub fn new(database: i32, principal: i32, name: &str) -> Self {
        let units: Vec<u16> = name.encode_utf16().take(NAME_LENGTH).collect();
        Self {
            database,
            principal,
            name: String::from_utf16_lossy(&units).into(),
        }
    }
}

/// `Shared`, `Update`, `IntentShared`, `IntentExclusive`, `Exclusive` in any case; anything else is -999.
pub fn parse_mode(text: &str) -> Option<Mode> {
    [Mode::S, Mode::U, Mode::Is, Mode::Ix, Mode::X]
        .into_iter()
        .find(|mode| mode_name(*mode).eq_ignore_ascii_case(text))
}

/// What APPLOCK_MODE calls a mode.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::S => "Shared",
        Mode::U => "Update",
        Mode::Is => "IntentShared",
        Mode::Ix => "IntentExclusive",
        Mode::Six => "SharedIntentExclusive",
        Mode::Uix => "UpdateIntentExclusive",
        Mode::X => "Exclusive",
        _ => "NoLock",
    }
}

impl LockManager {
    /// sp_getapplock after its arguments are checked: 0, 1, -1, -2 or -3. `who.owner` is the session or transaction.
    pub fn get_application_lock(
        &self,
        who: &Requester<'_>,
        resource: &ApplicationResource,
        mode: Mode,
        timeout: Option<Duration>,
    ) -> i32 {
        let resource = Resource::Application(resource.clone());
        let code = match self.request(who, resource.clone(), mode, Kind::Keep, timeout) {
            Ended::Granted => GRANTED,
            Ended::GrantedAfterWait => GRANTED_AFTER_WAIT,
            Ended::TimedOut => return TIMED_OUT,
            Ended::Cancelled => return CANCELLED,
            Ended::Deadlock => return DEADLOCK_VICTIM,
        };
        self.lock()
            .application
            .entry((who.owner, resource))
            .or_default()
            .push(mode);
        code
    }

    /// sp_releaseapplock: gives back one acquisition, the strongest first. False: not held by this owner (1223, 16,1:
    /// "Cannot release the application lock (Database Principal: '%s', Resource: '%s') because it is not currently
    /// held.").
    pub fn release_application_lock(&self, owner: Owner, resource: &ApplicationResource) -> bool {
        let resource = Resource::Application(resource.clone());
        let rest = {
            let mut state = self.lock();
            let key = (owner, resource.clone());
            let Some(modes) = state.application.get_mut(&key) else {
                return false;
            };
            modes.sort_by_key(|m| strength(*m));
            modes.pop();
            let rest = modes
                .iter()
                .fold(ModeSet::default(), |all, m| all.with(m.set()));
            if rest.is_empty() {
                state.application.remove(&key);
            }
            rest
        };
        self.release(owner, &resource);
        if !rest.is_empty() {
            self.weaken(owner, &resource, rest);
        }
        true
    }

    /// APPLOCK_MODE: the mode in which this owner holds the lock, None for NoLock.
    pub fn application_lock_mode(
        &self,
        owner: Owner,
        resource: &ApplicationResource,
    ) -> Option<Mode> {
        let key = (owner, Resource::Application(resource.clone()));
        let state = self.lock();
        let modes = state.application.get(&key)?;
        let all = modes
            .iter()
            .fold(ModeSet::default(), |all, m| all.with(m.set()));
        (!all.is_empty()).then(|| all.mode())
    }

    /// APPLOCK_TEST: could the caller have it now?
    pub fn test_application_lock(
        &self,
        who: &Requester<'_>,
        resource: &ApplicationResource,
        mode: Mode,
    ) -> bool {
        self.test(who, Resource::Application(resource.clone()), mode)
    }
}

fn strength(mode: Mode) -> u8 {
    match mode {
        Mode::Is => 1,
        Mode::S => 2,
        Mode::U => 3,
        Mode::Ix => 4,
        Mode::X => 5,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;
    use crate::protocol::CancelFlag;
    use crate::storage::TxnId;

    fn who(owner: Owner, spid: u16, cancel: &CancelFlag) -> Requester<'_> {
        Requester {
            owner,
            spid,
            timeout: None,
            cancel,
            deadlock_priority: 0,
            undo_cost: 0,
        }
    }

    fn until_blocked(locks: &LockManager) {
        for _ in 0..5000 {
            if !locks.waits().is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("nobody waits");
    }

    #[test]
    fn acquisitions_are_counted_and_given_back_strongest_first() {
        let locks = LockManager::new();
        let cancel = CancelFlag::default();
        let lock = ApplicationResource::new(5, 0, "run");
        let (me, other) = (Owner::Session(51), Owner::Session(52));
        let get = |owner, spid, mode, timeout| {
            let who = who(owner, spid, &cancel);
            locks.get_application_lock(&who, &lock, mode, timeout)
        };
        assert_eq!(get(me, 51, Mode::S, None), GRANTED);
        assert_eq!(get(me, 51, Mode::X, None), GRANTED);
        assert_eq!(locks.application_lock_mode(me, &lock), Some(Mode::X));
        assert_eq!(get(other, 52, Mode::S, Some(Duration::ZERO)), TIMED_OUT);
        assert!(locks.release_application_lock(me, &lock));
        assert_eq!(locks.application_lock_mode(me, &lock), Some(Mode::S));
        assert_eq!(get(other, 52, Mode::S, Some(Duration::ZERO)), GRANTED);
        assert!(locks.release_application_lock(me, &lock));
        assert!(!locks.release_application_lock(me, &lock));
        locks.release_all(other);
        assert!(locks.list().is_empty());
    }

    #[test]
    fn names_are_exact_and_cut_at_255_characters() {
        let named = |name: &str| ApplicationResource::new(5, 0, name);
        assert_ne!(named("run"), named("Run"));
        assert_ne!(named("run"), named("run "));
        assert_eq!(named(&"x".repeat(300)), named(&"x".repeat(255)));
        assert_eq!(parse_mode("exclusive"), Some(Mode::X));
        assert_eq!(parse_mode("Total"), None);
    }

    #[test]
    fn a_waiter_gets_the_lock_when_the_session_ends() {
        let locks = LockManager::new();
        let cancel = CancelFlag::default();
        let lock = ApplicationResource::new(5, 0, "run");
        let holder = Owner::Session(51);
        locks.get_application_lock(&who(holder, 51, &cancel), &lock, Mode::X, None);
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let owner = Owner::Transaction(TxnId(7));
                locks.get_application_lock(&who(owner, 52, &cancel), &lock, Mode::X, None)
            });
            until_blocked(&locks);
            assert_eq!(locks.waited()[0].2.count, 1, "counted when it begins");
            locks.release_all(holder);
            assert_eq!(waiter.join().unwrap(), GRANTED_AFTER_WAIT);
        });
        let waited = locks.waited();
        let (spid, kind, some) = &waited[0];
        assert_eq!((waited.len(), *spid, kind.as_str()), (1, 52, "LCK_M_X"));
        assert!(some.count == 1 && some.total == some.longest && !some.total.is_zero());
        locks.forget_waits(52);
        assert!(locks.waited().is_empty());
        locks.release_all(Owner::Transaction(TxnId(7)));
        assert!(locks.list().is_empty());
    }

    #[test]
    fn a_deadlock_victim_gets_a_code_and_keeps_its_other_locks() {
        let locks = Arc::new(LockManager::default());
        let cancel = CancelFlag::default();
        let (a, b) = (
            ApplicationResource::new(5, 0, "a"),
            ApplicationResource::new(5, 0, "b"),
        );
        let (first, second) = (Owner::Session(51), Owner::Session(52));
        locks.get_application_lock(&who(first, 51, &cancel), &a, Mode::X, None);
        locks.get_application_lock(&who(second, 52, &cancel), &b, Mode::X, None);
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let patience = Some(Duration::from_millis(300));
                locks.get_application_lock(&who(first, 51, &cancel), &b, Mode::X, patience)
            });
            until_blocked(&locks);
            let code = locks.get_application_lock(&who(second, 52, &cancel), &a, Mode::X, None);
            assert_eq!(code, DEADLOCK_VICTIM);
            assert_eq!(locks.application_lock_mode(second, &b), Some(Mode::X));
            assert_eq!(waiter.join().unwrap(), TIMED_OUT);
        });
    }

    #[test]
    fn a_cancelled_wait_returns_minus_two() {
        let locks = LockManager::new();
        let cancel = CancelFlag::default();
        let lock = ApplicationResource::new(5, 0, "run");
        locks.get_application_lock(&who(Owner::Session(51), 51, &cancel), &lock, Mode::X, None);
        let attention = CancelFlag::default();
        attention.set();
        let code = locks.get_application_lock(
            &who(Owner::Session(52), 52, &attention),
            &lock,
            Mode::S,
            None,
        );
        assert_eq!(code, CANCELLED);
        assert_eq!(locks.list().len(), 1);
    }
}
