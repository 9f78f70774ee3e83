//! Takes a production SQL Server 2025 database from VECTOR columns to deduplicated float atoms and ordered relations,
//! phase by phase: resumable, checkpointed, gated on measured criteria, and proven.

pub mod cli;
pub mod connect;
pub mod engine;
pub mod exit;
pub mod gate;
pub mod ids;
pub mod output;
pub mod phase1;
pub mod phase2;
pub mod phase3;
pub mod phase4;
pub mod pipeline;
pub mod restore;
pub mod state;
pub mod tsql;
pub mod vector;
