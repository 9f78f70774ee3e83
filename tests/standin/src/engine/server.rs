//! What all sessions share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::catalog::Catalog;
use crate::catalog::model::DatabaseId;
use crate::error::{Result, SqlError};
use crate::locks::LockManager;
use crate::protocol::{CancelFlag, IsolationLevel, Login};
use crate::storage::Store;
use crate::syntax::ast::Batch;
use crate::types::Value;

use super::cache::Cache;
use super::conditions::Conditions;
use super::config::ServerConfig;
use super::ddl::state::ServerState;
use super::options::SessionOptions;
use super::session::Session;
use super::transaction::TransactionState;

/// What other sessions see of a session (sys.dm_exec_sessions, sys.dm_exec_requests, KILL).
#[derive(Debug, Clone)]
pub struct SessionInfo {
    pub spid: u16,
    pub login: Login,
    pub database: DatabaseId,
    pub login_time: DateTime<Utc>,
    pub cancel: CancelFlag,
    /// KILL was said: the session ends at its next look.
    pub killed: bool,
    /// Start and text of the running request, None when idle.
    pub request: Option<(DateTime<Utc>, Arc<str>)>,
    /// SELECT, INSERT ...: sys.dm_exec_requests.command.
    pub command: &'static str,
    /// Of a backup or restore.
    pub percent_complete: f32,
    pub transaction_count: u32,
    pub transaction_id: u64,
    pub isolation: IsolationLevel,
    /// -1: waits without end.
    pub lock_timeout: i32,
    pub deadlock_priority: i32,
    pub options: SessionOptions,
    pub last_request_end: DateTime<Utc>,
}

pub struct Server {
    pub catalog: Arc<Catalog>,
    pub store: Store,
    pub locks: Arc<LockManager>,
    pub config: ServerConfig,
    pub sessions: Mutex<HashMap<u16, SessionInfo>>,
    pub start_time: DateTime<Utc>,
    /// Logins, principals and permissions, backups.
    pub state: ServerState,
    conditions: Mutex<Conditions>,
    pub(crate) fault_counter: AtomicU64,
    row_version: AtomicU64,
    pub(crate) parsed: Cache<(String, bool), Arc<Batch>>,
}

/// 100 ns since 0001-01-01.
pub(crate) fn ticks(at: DateTime<Utc>) -> i64 {
    const EPOCH: i64 = 621_355_968_000_000_000;
    EPOCH + at.timestamp() * 10_000_000 + i64::from(at.timestamp_subsec_nanos()) / 100
}

impl Server {
    pub fn new(config: ServerConfig) -> Arc<Self> {
        let now = Utc::now();
        let catalog = Catalog::new(ticks(now));
        let locks = Arc::new(LockManager::default());
        for name in &config.databases {
            // A name given twice is one database.
            let _ = catalog.create_database(name, ticks(now));
        }
        Arc::new(Self {
            store: Store::new(Arc::clone(&locks), Arc::clone(&catalog)),
            catalog,
            locks,
            config,
            sessions: Mutex::default(),
            start_time: now,
            state: ServerState::default(),
            conditions: Mutex::default(),
            fault_counter: AtomicU64::new(0),
            row_version: AtomicU64::new(2000),
            parsed: Cache::new(4096),
        })
    }

    /// Changes what the catalog shows of the server's condition, at once and for every session.
    pub fn bring_about(&self, change: impl FnOnce(&mut Conditions)) {
        change(
            &mut self
                .conditions
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    pub(crate) fn conditions(&self) -> Conditions {
        self.conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn registry(&self) -> std::sync::MutexGuard<'_, HashMap<u16, SessionInfo>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn update(&self, spid: u16, change: impl FnOnce(&mut SessionInfo)) {
        if let Some(info) = self.registry().get_mut(&spid) {
            change(info);
        }
    }

    pub(crate) fn forget(&self, spid: u16) {
        self.registry().remove(&spid);
    }

    pub(crate) fn is_killed(&self, spid: u16) -> bool {
        self.registry().get(&spid).is_some_and(|info| info.killed)
    }

    /// False: there is no such session.
    pub fn kill(&self, spid: u16) -> bool {
        match self.registry().get_mut(&spid) {
            Some(info) => {
                info.killed = true;
                info.cancel.kill();
                true
            }
            None => false,
        }
    }

    /// Opens a session: 18456, or 4060 followed by 18456.
    pub fn open_session(self: &Arc<Self>, login: &Login) -> Result<Session> {
        let account = self.authenticate(login)?;
        let wanted = if login.database.is_empty() {
            account.default_database.as_str()
        } else {
            login.database.as_str()
        };
        let cancel = CancelFlag::default();
        let entered = self.catalog.database_by_name(wanted).and_then(|database| {
            let schema = self.entry(&login.user, account.sysadmin, database.id)?;
            let spid = self
                .register(login, account.sysadmin, database.id, &cancel)
                .ok()?;
            Some((spid, database.id, schema))
        });
        let (spid, database, default_schema) = match entered {
            Some(entered) => entered,
            None if login.database_fatal || login.database.is_empty() => {
                return Err(SqlError::new(
                    4060,
                    format!(
                        "Cannot open database \"{wanted}\" requested by the login. The login failed."
                    ),
                )
                .class(11)
                .line(1)
                .followed_by(login_failed(&login.user)));
            }
            None => (
                self.register(login, account.sysadmin, crate::catalog::MASTER, &cancel)?,
                crate::catalog::MASTER,
                "dbo".to_owned(),
            ),
        };
        let options = if login.odbc {
            SessionOptions::default()
        } else {
            SessionOptions::without_ansi_defaults()
        };
        Ok(Session {
            server: Arc::clone(self),
            spid,
            login: login.clone(),
            login_time: Utc::now(),
            sysadmin: account.sysadmin,
            impersonated: Vec::new(),
            database,
            initial_schema: default_schema.clone(),
            default_schema,
            options: options.clone(),
            transaction: TransactionState::default(),
            cancel,
            row_count: 0,
            last_error: 0,
            forced_error: None,
            null_eliminated: false,
            arithmetic_fault: None,
            last_identity: None,
            nest_level: 0,
            try_depth: 0,
            procedure_depth: 0,
            statement_depth: 0,
            dead: false,
            prepared: HashMap::new(),
            next_handle: 0,
            pending_bulk: None,
            temp_scopes: vec![HashMap::new()],
            session_context: HashMap::new(),
            context_info: None,
            snapshot: None,
            used: Default::default(),
            atomic_level: None,
            idle_frames: HashMap::new(),
            initial_database: database,
            initial_options: options,
        })
    }

    /// 18456; 18470 when the login is disabled.
    fn authenticate(&self, login: &Login) -> Result<Account> {
        let configured = self.config.logins.iter().find(|known| {
            known.name.eq_ignore_ascii_case(&login.user) && known.password == login.password
        });
        if let Some(known) = configured {
            return Ok(Account {
                default_database: known.default_database.clone(),
                sysadmin: known.sysadmin,
            });
        }
        let record = self
            .state
            .authenticate(&login.user, &login.password)
            .ok_or_else(|| login_failed(&login.user))?;
        Ok(Account {
            sysadmin: record.roles.iter().any(|role| role == "sysadmin"),
            default_database: record.default_database,
        })
    }

    /// Default schema of a login in a database; None: the login may not enter it.
    pub(crate) fn entry(&self, user: &str, sysadmin: bool, database: DatabaseId) -> Option<String> {
        if sysadmin {
            return Some("dbo".to_owned());
        }
        let found = self.state.database(database, |security| {
            security
                .principals
                .iter()
                .find(|p| {
                    p.login
                        .as_deref()
                        .is_some_and(|login| login.eq_ignore_ascii_case(user))
                })
                .map(|p| p.default_schema.clone())
        });
        match found {
            Some(schema) => Some(schema.unwrap_or_else(|| "dbo".to_owned())),
            // guest may enter the system databases.
            None => (database <= crate::catalog::MSDB).then(|| "guest".to_owned()),
        }
    }

    /// A new session in the database, if that admits it.
    fn register(
        &self,
        login: &Login,
        sysadmin: bool,
        database: DatabaseId,
        cancel: &CancelFlag,
    ) -> Result<u16> {
        let owner = self.owns(&login.user, sysadmin, database);
        let now = Utc::now();
        self.admit(database, owner, |spid| SessionInfo {
            spid,
            login: login.clone(),
            database,
            login_time: now,
            cancel: cancel.clone(),
            killed: false,
            request: None,
            command: "AWAITING COMMAND",
            percent_complete: 0.0,
            transaction_count: 0,
            transaction_id: 0,
            isolation: IsolationLevel::ReadCommitted,
            lock_timeout: -1,
            deadlock_priority: 0,
            options: SessionOptions::default(),
            last_request_end: now,
        })
    }

    /// A new rowversion; never given twice, never rolled back.
    pub(crate) fn next_row_version(&self) -> Value {
        let next = self.row_version.fetch_add(1, Ordering::SeqCst) + 1;
        Value::binary(next.to_be_bytes())
    }

    /// @@DBTS
    pub fn last_row_version(&self) -> u64 {
        self.row_version.load(Ordering::SeqCst)
    }

    /// How many faults were asked for so far.
    pub fn fault_questions(&self) -> u64 {
        self.fault_counter.load(Ordering::SeqCst)
    }
}

/// Who logged in.
struct Account {
    default_database: String,
    sysadmin: bool,
}

fn login_failed(user: &str) -> SqlError {
    SqlError::new(18456, format!("Login failed for user '{user}'."))
        .class(14)
        .line(1)
}
