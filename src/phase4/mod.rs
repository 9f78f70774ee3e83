//! Phase 4, the memory-optimised table: dbo.AtomEmbeddings_InMemory, a durable copy of the scalar columns of
//! dbo.AtomEmbeddings for lookups without locks. dbo.AtomEmbeddings stays as it is: nothing is renamed over it.

mod after;
mod before;
mod copy;
mod declared;
mod found;
mod interrupted;
mod latency;
mod memory;
mod plan;
mod probes;
pub mod rollback;
mod rows;
pub mod snapshot;
mod stable;

pub use after::{GATES_AFTER, measure_after, measure_table};
pub use before::{GATES_BEFORE, Request, measure_before};
pub use copy::{Copied, Copy, Settings, copy_sql};
pub use declared::{Declared, KEY, TABLE};
pub use found::{Filegroup, Found};
pub use memory::{Forecast, SourceSize, bucket_count};
pub use plan::{Phase4Inspect, plan_modules, plan_storage};
pub use stable::record_baseline;

/// Name of the phase on the command line and in schema hartonomous.
pub const PHASE: &str = "phase4";
