//! Phase 2, decomposition: progress table, batches, view, and the gates before and after.

mod after;
mod before;
pub mod load;
mod plan;
pub mod rollback;
mod view;
pub mod view_index;

pub use after::{GATES_AFTER, measure};
pub use before::{BYTES_PER_RELATION, GATES_BEFORE, measure_before};
pub use plan::{Phase2Inspect, plan_tables, plan_view};

/// Name of the phase on the command line and in schema hartonomous.
pub const PHASE: &str = "phase2";
