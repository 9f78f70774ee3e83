//! Takes a production SQL Server 2025 database from VECTOR columns to deduplicated float atoms and ordered relations,
//! phase by phase: resumable, checkpointed, gated on measured criteria, and proven.

pub mod connect;
pub mod ids;
pub mod tsql;
pub mod vector;
