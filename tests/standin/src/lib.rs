//! A disposable server on 127.0.0.1 that speaks TDS and executes the T-SQL that a migration uses, in memory, with
//! SQL Server's types, error numbers and transaction semantics. What it does not implement it refuses by name.

pub mod error;
pub mod protocol;
pub mod types;
pub mod wire;
