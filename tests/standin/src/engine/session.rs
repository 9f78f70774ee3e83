//! One client's session.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::model::{DatabaseId, ObjectId, TableDef};
use crate::error::{Result, SqlError};
use crate::locks::{Hints, LockContext, Owner};
use crate::protocol::{CancelFlag, IsolationLevel, Login};
use crate::storage::{Snapshot, Txn};
use crate::types::Value;

use super::dml::bulk::PendingBulk;
use super::frame::Frame;
use super::options::SessionOptions;
use super::server::Server;
use super::transaction::TransactionState;

/// What sp_prepare keeps.
#[derive(Debug, Clone)]
pub struct PreparedStatement {
    pub declaration: String,
    pub text: String,
}

/// A session; owned by the thread that serves its client.
pub struct Session {
    pub server: Arc<Server>,
    pub spid: u16,
    pub login: Login,
    pub login_time: chrono::DateTime<chrono::Utc>,
    pub sysadmin: bool,
    /// EXECUTE AS: the innermost last.
    pub(crate) impersonated: Vec<super::Impersonated>,
    pub database: DatabaseId,
    pub default_schema: String,
    pub options: SessionOptions,
    pub transaction: TransactionState,
    pub cancel: CancelFlag,
    /// @@ROWCOUNT
    pub row_count: i64,
    /// @@ERROR
    pub last_error: i32,
    /// RAISERROR ... WITH SETERROR: what @@ERROR becomes although the statement succeeded.
    pub(crate) forced_error: Option<i32>,
    /// An aggregate of the running statement skipped a NULL: 8153 is due.
    pub(crate) null_eliminated: bool,
    /// 3606 or 3607: an arithmetic fault of the statement became NULL, as ANSI_WARNINGS and ARITHABORT OFF want it.
    pub(crate) arithmetic_fault: Option<i32>,
    /// @@IDENTITY
    pub last_identity: Option<Value>,
    /// @@NESTLEVEL
    pub nest_level: u32,
    /// TRY blocks around the running statement, callers' included.
    pub try_depth: u32,
    /// Procedures, dynamic batches and RPCs around the running statement: results are those of a procedure.
    pub procedure_depth: u32,
    /// A statement runs; what it calls runs inside its transaction.
    pub statement_depth: u32,
    /// The session has ended (KILL, severity 20 and above): the wire closes the connection.
    pub dead: bool,
    /// sp_prepare: handle to statement text and parameter declaration.
    pub prepared: HashMap<i32, PreparedStatement>,
    pub next_handle: i32,
    /// Target of the bulk load that INSERT BULK announced.
    pub pending_bulk: Option<PendingBulk>,
    /// #temp tables by scope: lower-case name to object; the last map is the innermost scope's.
    pub temp_scopes: Vec<HashMap<String, ObjectId>>,
    /// sp_set_session_context: lower-case key to value and read_only.
    pub session_context: HashMap<String, (Value, bool)>,
    /// SET CONTEXT_INFO
    pub context_info: Option<Arc<[u8]>>,
    /// READ_COMMITTED_SNAPSHOT: the moment that the running statement reads.
    pub(crate) snapshot: Option<Snapshot>,
    /// Kinds of tables that the running statement has used.
    pub(crate) used: super::memory_optimized::isolation::Used,
    /// Isolation of the natively compiled module that runs.
    pub(crate) atomic_level: Option<IsolationLevel>,
    /// Frames of scalar functions that are not running.
    pub(crate) idle_frames: HashMap<ObjectId, Frame>,
    pub(crate) initial_database: DatabaseId,
    pub(crate) initial_schema: String,
    pub(crate) initial_options: SessionOptions,
}

impl Session {
    /// How a statement of this session locks. A statement runs, so there is a transaction.
    pub fn lock_context(&self, hints: Hints) -> LockContext<'_> {
        let owner = self
            .transaction
            .txn
            .as_ref()
            .map_or(Owner::Session(self.spid), Txn::owner);
        let cost = self.transaction.txn.as_ref().map_or(0, Txn::undo_cost);
        let mut locks = self.lock_context_of(owner, cost, hints);
        locks.snapshot = self.version_time(self.transaction.txn.as_ref());
        if let Some(txn) = &self.transaction.txn {
            txn.share_reads(&mut locks);
        }
        locks
    }

    pub(crate) fn lock_context_of(
        &self,
        owner: Owner,
        undo_cost: u64,
        hints: Hints,
    ) -> LockContext<'_> {
        let mut locks = LockContext::new(
            &self.server.locks,
            owner,
            self.spid,
            &self.cancel,
            self.options.isolation,
        );
        locks.timeout = self
            .options
            .lock_timeout
            .and_then(|ms| u64::try_from(ms).ok())
            .map(Duration::from_millis);
        locks.deadlock_priority = self.options.deadlock_priority;
        locks.undo_cost = undo_cost;
        locks.hints = hints;
        locks
    }

    /// Runs `work` with the statement's transaction and its locks.
    pub fn with_txn<T>(
        &mut self,
        hints: Hints,
        work: impl FnOnce(&Self, &mut Txn, &LockContext<'_>) -> Result<T>,
    ) -> Result<T> {
        let Some(mut txn) = self.transaction.txn.take() else {
            return Err(SqlError::not_implemented("writing outside of a statement"));
        };
        let mut locks = self.lock_context_of(txn.owner(), txn.undo_cost(), hints);
        locks.snapshot = self.version_time(Some(&txn));
        txn.share_reads(&mut locks);
        let outcome = work(self, &mut txn, &locks);
        self.transaction.txn = Some(txn);
        outcome
    }

    /// The same for rows of a table variable, which live outside of the transaction.
    pub(crate) fn with_side_txn<T>(
        &mut self,
        work: impl FnOnce(&Self, &mut Txn, &LockContext<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut txn = match self.transaction.side.take() {
            Some(txn) => txn,
            None => self.server.store.begin(IsolationLevel::ReadCommitted),
        };
        let locks = self.lock_context_of(txn.owner(), txn.undo_cost(), Hints::default());
        let outcome = work(self, &mut txn, &locks);
        self.transaction.side = Some(txn);
        outcome
    }

    /// A table that is in no catalog: a table variable's.
    pub(crate) fn create_side_table(&mut self, def: TableDef) -> Result<ObjectId> {
        let id = def.object_id;
        let mut txn = self.server.store.begin(IsolationLevel::ReadCommitted);
        match self.server.store.create_table(&mut txn, Arc::new(def)) {
            Ok(_) => {
                self.server.store.commit(txn);
                Ok(id)
            }
            Err(error) => {
                self.server.store.rollback(txn);
                Err(error)
            }
        }
    }

    pub fn drop_side_table(&mut self, id: ObjectId) {
        let mut txn = self.server.store.begin(IsolationLevel::ReadCommitted);
        // It can only be gone already.
        let _ = self.server.store.drop_table(&mut txn, id);
        self.server.store.commit(txn);
    }

    pub(crate) fn drop_table_variables(&mut self, frame: &Frame) {
        for id in frame.table_variables.values() {
            self.drop_side_table(*id);
        }
    }

    /// Drops the #temp tables of the innermost scope.
    pub(crate) fn drop_temp_scope(&mut self) {
        let Some(scope) = self.temp_scopes.pop() else {
            return;
        };
        for id in scope.into_values() {
            self.drop_temp_table(id);
        }
    }

    fn drop_temp_table(&mut self, id: ObjectId) {
        const TEMPDB: DatabaseId = 2;
        let (mut txn, own) = match self.transaction.txn.take() {
            Some(txn) => (txn, false),
            None => (self.server.store.begin(IsolationLevel::ReadCommitted), true),
        };
        self.server.catalog.drop_object(&mut txn, TEMPDB, id);
        // It can only be gone already.
        let _ = self.server.store.drop_table(&mut txn, id);
        if own {
            self.server.store.commit(txn);
        } else {
            self.transaction.txn = Some(txn);
        }
    }

    pub fn database_name(&self) -> String {
        self.server.catalog.database_name(self.database)
    }

    /// 911, 916, and what keeps others out of a database (923, 924, 927, 942, 952).
    pub(crate) fn change_database(&mut self, name: &str) -> Result<()> {
        let database = self.server.catalog.database_by_name(name).ok_or_else(|| {
            SqlError::new(
                911,
                format!(
                    "Database '{name}' does not exist. Make sure that the name is entered correctly."
                ),
            )
        })?;
        let Some(schema) = self
            .server
            .entry(&self.login.user, self.sysadmin, database.id)
        else {
            return Err(SqlError::new(
                916,
                format!(
                    "The server principal \"{}\" is not able to access the database \"{name}\" under the current security context.",
                    self.login.user
                ),
            )
            .class(14)
            .state(2));
        };
        let owner = self
            .server
            .owns(&self.login.user, self.sysadmin, database.id);
        self.server.enter(self.spid, database.id, owner)?;
        self.default_schema = schema;
        self.database = database.id;
        self.publish();
        Ok(())
    }

    /// `database.schema.table` as messages 515 and 547 name a table; temp tables are in tempdb.dbo.
    pub(crate) fn full_name(&self, def: &TableDef) -> String {
        if def.name.starts_with('@') {
            return def.name.clone();
        }
        if def.name.starts_with('#') && !def.name.starts_with("##") {
            // Sessions may have tables of the same name: the server knows each by a longer one.
            let name = format!("{:_<116}{:012X}", def.name, def.object_id.unsigned_abs());
            return format!("tempdb.dbo.{name}");
        }
        format!(
            "{}.{}",
            self.server.catalog.database_name(def.database_id),
            self.server.catalog.qualified_name(def)
        )
    }

    pub(crate) fn full_name_of(&self, id: ObjectId) -> String {
        self.server
            .store
            .table(id)
            .map_or_else(String::new, |table| self.full_name(&table.def()))
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.dead || self.server.is_killed(self.spid)
    }

    pub(crate) fn begin_request(&mut self, text: &str) {
        self.server.update(self.spid, |info| {
            info.request = Some((chrono::Utc::now(), Arc::from(text)));
            info.percent_complete = 0.0;
        });
    }

    pub(crate) fn finish_request(&mut self) {
        self.publish();
        self.server.update(self.spid, |info| {
            info.request = None;
            info.command = "AWAITING COMMAND";
            info.last_request_end = chrono::Utc::now();
        });
    }

    /// Lets other sessions see what changed.
    pub(crate) fn publish(&self) {
        let (database, count) = (self.database, self.transaction.count);
        let id = self.transaction.txn.as_ref().map_or(0, |txn| txn.id.0);
        self.server.update(self.spid, |info| {
            info.database = database;
            info.transaction_count = count;
            info.transaction_id = if count > 0 { id } else { 0 };
            info.isolation = self.options.isolation;
            info.lock_timeout = self.options.lock_timeout.unwrap_or(-1);
            info.deadlock_priority = self.options.deadlock_priority;
            if info.options != self.options {
                info.options.clone_from(&self.options);
            }
        });
    }
}

impl Drop for Session {
    /// The client is gone: nothing of what it had open stays.
    fn drop(&mut self) {
        if let Some(txn) = self.transaction.txn.take() {
            self.server.store.rollback(txn);
        }
        while !self.temp_scopes.is_empty() {
            self.drop_temp_scope();
        }
        self.server.locks.release_all(Owner::Session(self.spid));
        self.server.locks.forget_waits(self.spid);
        self.server.forget(self.spid);
    }
}
