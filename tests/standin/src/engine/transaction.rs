//! The session's transaction as T-SQL sees it: nesting count, savepoints, doom.

use crate::error::{Result, SqlError};
use crate::protocol::{EnvChange, IsolationLevel, ResultSink, TransactionRequest};
use crate::storage::{Savepoint, Txn};

use super::faults::FaultPoint;
use super::session::Session;
use super::statement::doomed;

pub struct NamedSavepoint {
    pub name: String,
    pub savepoint: Savepoint,
}

#[derive(Default)]
pub struct TransactionState {
    /// Some while a transaction is open, and also while a statement runs outside of one (then `count` is 0 and the
    /// engine commits it at the statement's end).
    pub txn: Option<Txn>,
    /// Transaction of the running statement's writes to table variables, which no ROLLBACK touches.
    pub side: Option<Txn>,
    /// @@TRANCOUNT.
    pub count: u32,
    /// XACT_STATE() = -1.
    pub doomed: bool,
    /// Name of the outermost BEGIN TRANSACTION; ROLLBACK <name> must match it (6401).
    pub name: Option<String>,
    pub savepoints: Vec<NamedSavepoint>,
    /// INSERT ... EXEC is running: ROLLBACK is refused (3915).
    pub insert_exec: bool,
}

impl Session {
    /// XACT_STATE().
    pub fn xact_state(&self) -> i16 {
        match (self.transaction.count, self.transaction.doomed) {
            (0, _) => 0,
            (_, true) => -1,
            _ => 1,
        }
    }

    pub(crate) fn doom(&mut self) {
        if self.transaction.count > 0 {
            self.transaction.doomed = true;
        }
    }

    /// 3930 for a statement that writes inside a doomed transaction.
    pub(crate) fn refuse_if_doomed(&self) -> Result<()> {
        if self.transaction.doomed {
            return Err(doomed());
        }
        Ok(())
    }

    pub(crate) fn begin_transaction(
        &mut self,
        name: Option<&str>,
        sink: &mut dyn ResultSink,
    ) -> Result<()> {
        if self.transaction.count == 0 {
            let txn = self.server.store.begin(self.options.isolation);
            let id = txn.id.0;
            self.transaction.txn = Some(txn);
            self.transaction.name = name.map(str::to_owned);
            self.transaction.doomed = false;
            sink.env_change(&EnvChange::BeginTransaction(id))?;
        }
        self.transaction.count += 1;
        self.publish();
        Ok(())
    }

    pub(crate) fn commit_transaction(&mut self, sink: &mut dyn ResultSink) -> Result<()> {
        match self.transaction.count {
            0 => Err(SqlError::new(
                3902,
                "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.",
            )),
            _ if self.transaction.doomed => Err(doomed()),
            1 => {
                if let Some(fault) = self.fault(FaultPoint::BeforeCommit) {
                    return Err(fault);
                }
                let (id, outcome) = self.end_transaction(true);
                if let Err(error) = outcome {
                    sink.env_change(&EnvChange::RollbackTransaction(id))?;
                    return Err(error);
                }
                sink.env_change(&EnvChange::CommitTransaction(id))?;
                self.fault(FaultPoint::AfterCommit).map_or(Ok(()), Err)
            }
            _ => {
                self.transaction.count -= 1;
                self.publish();
                Ok(())
            }
        }
    }

    /// Ends the open transaction; its descriptor, and whether the commit came true: 41305, 41325.
    fn end_transaction(&mut self, commit: bool) -> (u64, Result<()>) {
        let mut id = 0;
        let mut outcome = Ok(());
        if let Some(txn) = self.transaction.txn.take() {
            id = txn.id.0;
            if commit {
                outcome = self.server.store.validate_and_commit(txn);
            } else {
                self.server.store.rollback(txn);
            }
        }
        self.transaction.count = 0;
        self.transaction.doomed = false;
        self.transaction.name = None;
        self.transaction.savepoints.clear();
        self.publish();
        (id, outcome)
    }

    /// Rolls everything back, whatever the nesting; silent when there is nothing.
    pub(crate) fn rollback_all(&mut self, sink: &mut dyn ResultSink) {
        if self.transaction.txn.is_none() {
            return;
        }
        let (id, _) = self.end_transaction(false);
        // A client that is gone is noticed at the next look at the cancel flag.
        let _ = sink.env_change(&EnvChange::RollbackTransaction(id));
    }

    pub(crate) fn rollback_transaction(
        &mut self,
        name: Option<&str>,
        sink: &mut dyn ResultSink,
    ) -> Result<()> {
        if self.transaction.count == 0 {
            return Err(SqlError::new(
                3903,
                "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.",
            ));
        }
        if self.transaction.insert_exec {
            return Err(SqlError::new(
                3915,
                "Cannot use the ROLLBACK statement within an INSERT-EXEC statement.",
            ));
        }
        let Some(name) = name else {
            self.rollback_all(sink);
            return Ok(());
        };
        // Names of transactions and savepoints are compared bytewise.
        if let Some(at) = self
            .transaction
            .savepoints
            .iter()
            .rposition(|savepoint| savepoint.name == name)
        {
            if self.transaction.doomed {
                return Err(SqlError::new(
                    3931,
                    "The current transaction cannot be committed and cannot be rolled back to a savepoint. Roll back the entire transaction.",
                ));
            }
            self.transaction.savepoints.truncate(at + 1);
            let savepoint = self.transaction.savepoints[at].savepoint;
            if let Some(txn) = &mut self.transaction.txn {
                self.server.store.rollback_to(txn, savepoint);
            }
            return Ok(());
        }
        if self.transaction.name.as_deref() == Some(name) {
            self.rollback_all(sink);
            return Ok(());
        }
        Err(SqlError::new(
            6401,
            format!("Cannot roll back {name}. No transaction or savepoint of that name was found."),
        ))
    }

    pub(crate) fn save_transaction(&mut self, name: &str) -> Result<()> {
        let Some(txn) = self
            .transaction
            .txn
            .as_ref()
            .filter(|_| self.transaction.count > 0)
        else {
            return Err(SqlError::new(
                628,
                "Cannot issue SAVE TRANSACTION when there is no active transaction.",
            ));
        };
        if self.transaction.doomed {
            return Err(doomed());
        }
        if txn.memory_optimized {
            return Err(SqlError::new(
                12326,
                "Creating a savepoint is not supported with memory optimized tables.",
            ));
        }
        let savepoint = self.server.store.savepoint(txn);
        self.transaction.savepoints.push(NamedSavepoint {
            name: name.to_owned(),
            savepoint,
        });
        Ok(())
    }

    /// IMPLICIT_TRANSACTIONS: a statement that reads or writes opens a transaction that stays open.
    pub(crate) fn begin_implicitly(&mut self, sink: &mut dyn ResultSink) -> Result<()> {
        if self.options.implicit_transactions
            && self.transaction.count == 0
            && self.statement_depth == 0
        {
            self.begin_transaction(None, sink)?;
        }
        Ok(())
    }

    /// A transaction-manager request of the client library.
    pub(crate) fn transaction_request(
        &mut self,
        request: &TransactionRequest,
        sink: &mut dyn ResultSink,
    ) -> Result<()> {
        match request {
            TransactionRequest::Begin { isolation, name } => {
                self.begin_requested(*isolation, name, sink)
            }
            TransactionRequest::Commit { begin, .. } => {
                self.commit_transaction(sink)?;
                self.begin_chained(begin.as_ref(), sink)
            }
            TransactionRequest::Rollback { name, begin } => {
                self.rollback_transaction((!name.is_empty()).then_some(name), sink)?;
                self.begin_chained(begin.as_ref(), sink)
            }
            TransactionRequest::Save { name } => self.save_transaction(name),
        }
    }

    fn begin_chained(
        &mut self,
        begin: Option<&(Option<IsolationLevel>, String)>,
        sink: &mut dyn ResultSink,
    ) -> Result<()> {
        match begin {
            Some((isolation, name)) => self.begin_requested(*isolation, name, sink),
            None => Ok(()),
        }
    }

    fn begin_requested(
        &mut self,
        isolation: Option<IsolationLevel>,
        name: &str,
        sink: &mut dyn ResultSink,
    ) -> Result<()> {
        if let Some(level) = isolation {
            self.options.isolation = level;
        }
        self.begin_transaction((!name.is_empty()).then_some(name), sink)
    }
}
