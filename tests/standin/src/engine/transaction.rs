//! The session's transaction as T-SQL sees it: nesting count, savepoints, doom.

use super::pending::{Savepoint, Txn};

#[derive(Debug)]
pub struct NamedSavepoint {
    pub name: String,
    pub savepoint: Savepoint,
}

#[derive(Debug, Default)]
pub struct TransactionState {
    /// Some while a transaction is open, and also while a statement runs outside of one (then `count` is 0 and the
    /// engine commits it at the statement's end).
    pub txn: Option<Txn>,
    /// @@TRANCOUNT.
    pub count: u32,
    /// XACT_STATE() = -1.
    pub doomed: bool,
    /// Name of the outermost BEGIN TRANSACTION; ROLLBACK <name> must match it (6401).
    pub name: Option<String>,
    pub savepoints: Vec<NamedSavepoint>,
}
