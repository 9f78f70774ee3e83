//! Phase 2, decomposition: progress table, batches, view, and the gates before and after.

mod after;
mod before;
mod plan;
pub mod rollback;

pub use after::{GATES_AFTER, measure};
pub use before::{GATES_BEFORE, measure_before};
pub use plan::{Phase2Inspect, plan_tables, plan_view};

/// Name of the phase on the command line and in schema hartonomous.
pub const PHASE: &str = "phase2";
