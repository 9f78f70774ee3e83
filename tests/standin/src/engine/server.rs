//! What all sessions share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::protocol::{CancelFlag, Login};

use super::config::ServerConfig;
use super::pending::{Catalog, LockManager, Store};

/// What other sessions see of a session (sys.dm_exec_sessions, sys.dm_exec_requests, KILL).
#[derive(Debug, Clone)]
pub struct SessionInfo {
    pub spid: u16,
    pub login: Login,
    pub database: crate::catalog::model::DatabaseId,
    pub login_time: chrono::DateTime<chrono::Utc>,
    pub cancel: CancelFlag,
    /// KILL was said: the session ends at its next look.
    pub killed: bool,
    /// Start and text of the running request, None when idle.
    pub request: Option<(chrono::DateTime<chrono::Utc>, Arc<str>)>,
    /// SELECT, INSERT ...: sys.dm_exec_requests.command.
    pub command: &'static str,
    pub transaction_count: u32,
    pub transaction_id: u64,
    pub last_request_end: chrono::DateTime<chrono::Utc>,
}

pub struct Server {
    pub catalog: Arc<Catalog>,
    pub store: Store,
    pub locks: Arc<LockManager>,
    pub config: ServerConfig,
    pub sessions: Mutex<HashMap<u16, SessionInfo>>,
    /// Logins, permissions and backups.
    pub state: super::ddl::state::ServerState,
    pub start_time: chrono::DateTime<chrono::Utc>,
}

impl Server {
    pub fn new(config: ServerConfig) -> Arc<Self> {
        let now = super::sysviews::ticks_of(chrono::Utc::now());
        let catalog = Catalog::new(now);
        let locks = LockManager::new();
        for name in &config.databases {
            // A name given twice is one database.
            let _ = catalog.create_database(name, now);
        }
        Arc::new(Self {
            store: Store::new(Arc::clone(&locks), Arc::clone(&catalog)),
            catalog,
            locks,
            config,
            sessions: Mutex::default(),
            state: super::ddl::state::ServerState::default(),
            start_time: chrono::Utc::now(),
        })
    }
}
