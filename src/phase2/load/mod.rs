//! How relations are loaded: chosen from the target's shape, explained in the plan, recorded with the run, and undone after it.
//!
//! What a load in a maintenance window owes (disabled indexes, constraints that are not trusted) is on record before it is done,
//! so that a run that was killed, `status`, `rollback phase2` and the next run know it.

mod owed;
mod own_change;
mod shape;
mod strategy;

pub use owed::{DisabledIndex, Owed, prepare, restore};
pub use own_change::last_foreign_change;
pub use shape::Shape;
pub use strategy::{Decision, LoadOptions, Strategy};

/// Step under which the strategy of a run is on record.
pub const STEP: &str = "load.strategy";
