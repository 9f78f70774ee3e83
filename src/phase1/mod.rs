//! Phase 1, schema upgrade: converges from any state to the declared columns, indexes, function and procedures.

mod access_paths;
mod declared;
mod gates;
mod inventory;
mod plan;
pub mod rollback;

pub use access_paths::{PathSample, sample as sample_access_paths, stored_sample};
pub use gates::{GATES, measure, measure_without};
pub use inventory::{Inventory, Table};
pub use plan::{Phase1Inspect, plan, statements};

/// Name of the phase on the command line and in schema hartonomous.
pub const PHASE: &str = "phase1";
