//! The seam between the wire (TDS) and the engine: what a client asks, and what the engine answers while it works.
//! The wire knows no T-SQL; the engine knows no bytes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::error::{Result, SqlError};
use crate::types::{SqlType, Value};

/// What LOGIN7 said, after the wire has decoded it.
#[derive(Debug, Clone, Default)]
pub struct Login {
    pub user: String,
    pub password: String,
    /// Empty: the login's default database.
    pub database: String,
    /// OptionFlags1 fDatabase / InitDbFatal: a wrong database refuses the login (4060 then 18456).
    pub database_fatal: bool,
    pub host_name: String,
    pub app_name: String,
    pub library_name: String,
    pub client_pid: u32,
    /// OptionFlags2 fODBC: ANSI defaults on.
    pub odbc: bool,
    pub read_only_intent: bool,
    pub packet_size: u32,
    pub client_address: String,
    pub encrypted: bool,
    /// TDS feature: the client negotiated native vector / json types.
    pub vector_support: bool,
    pub json_support: bool,
}

/// A result column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnInfo {
    pub name: String,
    pub sql_type: SqlType,
    pub nullable: bool,
    pub identity: bool,
    pub computed: bool,
    /// Neither computed, identity nor an expression: the client may update it.
    pub updatable: bool,
}

/// A parameter of a remote procedure call.
#[derive(Debug, Clone)]
pub struct RpcParameter {
    /// With its `@`, or empty when it is passed by position.
    pub name: String,
    pub sql_type: SqlType,
    pub value: Value,
    pub output: bool,
    pub default: bool,
}

/// A remote procedure call: a numbered system procedure or one by name.
#[derive(Debug, Clone)]
pub struct RpcRequest {
    pub procedure: RpcProcedure,
    pub parameters: Vec<RpcParameter>,
    /// OptionFlags fNoMetaData.
    pub no_metadata: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RpcProcedure {
    /// TDS ProcID: 1 sp_cursor ... 10 sp_executesql, 11 sp_prepare, 12 sp_execute, 13 sp_prepexec, 15 sp_unprepare.
    Id(u16),
    Name(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsolationLevel {
    ReadUncommitted,
    ReadCommitted,
    RepeatableRead,
    Serializable,
    Snapshot,
}

/// A transaction-manager request (TDS packet type 14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionRequest {
    Begin {
        isolation: Option<IsolationLevel>,
        name: String,
    },
    /// `name` and the optional chained begin.
    Commit {
        name: String,
        begin: Option<(Option<IsolationLevel>, String)>,
    },
    Rollback {
        name: String,
        begin: Option<(Option<IsolationLevel>, String)>,
    },
    Save {
        name: String,
    },
}

/// What changed in the session and must be told to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvChange {
    Database {
        new: String,
        old: String,
    },
    Language {
        new: String,
        old: String,
    },
    PacketSize {
        new: u32,
        old: u32,
    },
    Collation,
    /// 8-byte transaction descriptor, never 0.
    BeginTransaction(u64),
    CommitTransaction(u64),
    RollbackTransaction(u64),
    ResetConnection,
}

/// `Done::command` of an answer that no statement's own DONE ends, and of an error that ends the batch.
pub const BATCH_END: u16 = 0xFD;
/// `Done::command` of EXECUTE: outside of procedures its DONE is a DONEPROC.
pub const EXECUTE: u16 = 0xE0;

/// How a statement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// TDS CurCmd: 0xC1 SELECT, 0xC3 INSERT, 0xC4 DELETE, 0xC5 UPDATE, 0x117 MERGE ...; 0 where it is not known.
    pub command: u16,
    /// None when the statement counts nothing.
    pub row_count: Option<u64>,
    /// SET NOCOUNT ON: the count travels but is not valid, and a procedure's DONE without rows or an error is not sent.
    pub nocount: bool,
    pub error: bool,
    /// Inside a procedure (DONEINPROC) or at batch level (DONE).
    pub in_procedure: bool,
}

/// Where the engine's answer goes, in order. An `Err` from a method means that the client is gone: stop.
pub trait ResultSink {
    fn columns(&mut self, columns: &[ColumnInfo]) -> Result<()>;
    fn row(&mut self, values: &[Value]) -> Result<()>;
    fn done(&mut self, done: Done) -> Result<()>;
    /// Error (class >= 11) or info message, without its follow-ups (they are sent as calls of their own).
    fn message(&mut self, message: &SqlError) -> Result<()>;
    fn env_change(&mut self, change: &EnvChange) -> Result<()>;
    fn return_status(&mut self, status: i32) -> Result<()>;
    /// An output parameter of an RPC. `ordinal` is its position in the request.
    fn return_value(
        &mut self,
        ordinal: u16,
        name: &str,
        sql_type: &SqlType,
        value: &Value,
    ) -> Result<()>;
}

/// Set by the wire when an attention arrives or the connection breaks; the engine looks at it between rows and
/// statements and while it waits for a lock.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag(Arc<CancelState>);

#[derive(Default)]
struct CancelState {
    set: AtomicBool,
    on_kill: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for CancelState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.set.fmt(f)
    }
}

impl CancelFlag {
    pub fn set(&self) {
        self.0.set.store(true, Ordering::SeqCst);
    }
    pub fn clear(&self) {
        self.0.set.store(false, Ordering::SeqCst);
    }
    pub fn is_set(&self) -> bool {
        self.0.set.load(Ordering::SeqCst)
    }
    /// KILL: the running request ends, and an idle session does, too.
    pub fn kill(&self) {
        self.set();
        if let Some(tell) = self.0.on_kill.get() {
            tell();
        }
    }
    /// What the wire wants done when the session is killed; only the first wish counts.
    pub fn on_kill(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _ = self.0.on_kill.set(Box::new(tell));
    }
}

/// Rows of a bulk load, pulled by the engine as they arrive.
pub trait BulkRows {
    /// Columns that the client's COLMETADATA declared, in order.
    fn columns(&self) -> &[ColumnInfo];
    /// Replaces `row`'s content by the next row; false at the end of the load.
    fn next(&mut self, row: &mut Vec<Value>) -> Result<bool>;
    /// Passes over the next row, whose values nobody wants; false at the end of the load.
    fn skip(&mut self) -> Result<bool> {
        self.next(&mut Vec::new())
    }
}

/// One client's session as the wire sees it. All calls come from one thread at a time.
pub trait EngineSession: Send {
    fn spid(&self) -> u16;
    fn cancel_flag(&self) -> CancelFlag;
    /// A SQL batch. Sends everything including its own DONEs except the final one, which the wire sends.
    /// Wire sends the final DONE: after `Ok`, the engine guarantees that each statement's `done` was called and the
    /// wire clears DONE_MORE on the last of them.
    fn batch(&mut self, text: &str, sink: &mut dyn ResultSink);
    fn rpc(&mut self, request: &RpcRequest, sink: &mut dyn ResultSink);
    fn transaction(&mut self, request: &TransactionRequest, sink: &mut dyn ResultSink);
    /// True after an `INSERT BULK` batch: the next message must be a bulk load.
    fn expects_bulk(&self) -> bool;
    fn bulk_load(&mut self, rows: &mut dyn BulkRows, sink: &mut dyn ResultSink);
    /// RESETCONNECTION (`keep_transaction`: RESETCONNECTIONSKIPTRAN) before the request that carries it.
    fn reset(&mut self, keep_transaction: bool, sink: &mut dyn ResultSink);
    /// Current transaction descriptor, 0 when there is none.
    fn transaction_descriptor(&self) -> u64;
}

/// What a login opens: the session, and the environment changes and messages that belong to the answer.
pub type OpenedSession = (Box<dyn EngineSession>, Vec<EnvChange>, Vec<SqlError>);

/// The engine as the wire sees it.
pub trait EngineServer: Send + Sync + 'static {
    /// Opens a session or refuses the login (18456 class 14, 4060 class 11 ...; follow-ups included).
    /// On success the wire sends the environment changes and informational messages (5701, 5703) that come back.
    fn login(&self, login: &Login) -> Result<OpenedSession>;
}
