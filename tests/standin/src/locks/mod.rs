//! Who may touch what: lock modes, waiting, deadlocks, escalation, application locks.

pub mod application;
mod context;
mod deadlock;
mod hash;
mod manager;
mod message;
mod mode;
mod resource;
mod state;
mod view;

pub(crate) use context::ReadLocking;
pub use context::{Hints, LockContext};
pub use manager::{HeldLock, LockManager, LockOutcome, Requester};
pub use message::{cancelled, deadlock_victim};
pub use mode::{Mode, ModeSet};
pub use resource::{ApplicationResource, Owner, Resource};
pub use state::Waited;
pub use view::{LockRow, LockStatus, WaitRow};
