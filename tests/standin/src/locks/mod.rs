//! Who may touch what: lock modes, waiting, deadlocks, escalation, application locks.

pub mod application;
mod context;
mod deadlock;
mod hash;
mod manager;
mod mode;
mod resource;

pub(crate) use context::ReadLocking;
pub use context::{Hints, LockContext};
pub use manager::{
    HeldLock, LockManager, LockOutcome, LockRow, LockStatus, Requester, WaitRow, cancelled,
    deadlock_victim,
};
pub use mode::{Mode, ModeSet};
pub use resource::{ApplicationResource, Owner, Resource};
