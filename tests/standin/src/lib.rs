//! A disposable server on 127.0.0.1 that speaks TDS and executes the T-SQL that a migration uses, in memory, with
//! SQL Server's types, error numbers and transaction semantics. What it does not implement it refuses by name.

pub mod catalog;
pub mod engine;
pub mod error;
pub mod functions;
pub mod locks;
pub mod protocol;
pub mod query;
pub mod storage;
pub mod syntax;
pub mod types;
pub mod wire;
