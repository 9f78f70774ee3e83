//! One client's session.

use std::collections::HashMap;
use std::sync::Arc;

use crate::catalog::model::{DatabaseId, ObjectId};
use crate::protocol::{CancelFlag, Login};
use crate::types::Value;

use super::options::SessionOptions;
use super::server::Server;
use super::transaction::TransactionState;

/// A session; owned by the thread that serves its client.
pub struct Session {
    pub server: Arc<Server>,
    pub spid: u16,
    pub login: Login,
    pub login_time: chrono::DateTime<chrono::Utc>,
    pub sysadmin: bool,
    pub database: DatabaseId,
    pub default_schema: String,
    pub options: SessionOptions,
    pub transaction: TransactionState,
    pub cancel: CancelFlag,
    /// @@ROWCOUNT
    pub row_count: i64,
    /// @@ERROR
    pub last_error: i32,
    /// @@IDENTITY
    pub last_identity: Option<Value>,
    /// @@NESTLEVEL
    pub nest_level: u32,
    /// #temp tables by scope: lower-case name to object; the last map is the innermost scope's.
    pub temp_scopes: Vec<HashMap<String, ObjectId>>,
    /// sp_set_session_context: lower-case key to value and read_only.
    pub session_context: HashMap<String, (Value, bool)>,
    /// SET CONTEXT_INFO
    pub context_info: Option<Arc<[u8]>>,
}
