//! One session-owned application lock per database, on a connection of its own: it goes with the process.

use std::fmt;
use std::time::Duration;

use super::Stop;
use crate::connect::{Connection, Endpoint, Failure, Purpose, RowExt};
use crate::tsql::{Statement, embedded};

const ACQUIRE: Statement = embedded!("connect/acquire_application_lock.sql");
const CHECK: Statement = embedded!("connect/check_application_lock.sql");
const HOLDER: Statement = embedded!("connect/select_application_lock_holder.sql");

/// The lock, held for as long as this value and its connection live.
#[derive(Debug)]
pub struct ApplicationLock {
    connection: Connection,
}

/// Who holds the lock, as far as the server lets us see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub session_id: Option<i64>,
    pub login: String,
    pub host: String,
    pub program: String,
    pub process_id: Option<i64>,
    /// The name of the lock.
    pub lock: String,
}

/// The lock's name.
const NAME: &str = "hartonomous.migration";

impl Holder {
    /// Somebody who cannot be seen.
    pub fn unknown(lock: &str) -> Self {
        Self {
            session_id: None,
            login: String::new(),
            host: String::new(),
            program: String::new(),
            process_id: None,
            lock: lock.to_owned(),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(session) = self.session_id else {
            return write!(
                f,
                "the lock '{}' is held (VIEW SERVER PERFORMANCE STATE would show by whom)",
                self.lock
            );
        };
        write!(
            f,
            "session {session}, login {}, host {}, program {}",
            self.login, self.host, self.program
        )?;
        self.process_id
            .map_or(Ok(()), |pid| write!(f, ", process {pid}"))
    }
}

impl ApplicationLock {
    /// Takes the lock without waiting.
    ///
    /// # Errors
    /// `Stop::Locked` with the holder when somebody else has it.
    pub async fn acquire(endpoint: &Endpoint, lock_timeout: Duration) -> Result<Self, Stop> {
        let mut connection = Connection::open(endpoint, Purpose::Lock, lock_timeout).await?;
        let result = connection
            .row(&ACQUIRE.sql(), &[&0i32])
            .await?
            .integer("LockResult")?;
        match result {
            0 | 1 => Ok(Self { connection }),
            -1 => Err(Stop::Locked(Box::new(holder(&mut connection).await?))),
            other => Err(Stop::Failure(Failure::Protocol {
                statement: ACQUIRE.path.to_owned(),
                cause: format!("sp_getapplock returned {other}"),
            })),
        }
    }

    /// Takes the lock again on a new connection, after the old one was lost.
    ///
    /// # Errors
    /// As `acquire`.
    pub async fn take_again(
        &mut self,
        endpoint: &Endpoint,
        lock_timeout: Duration,
    ) -> Result<(), Stop> {
        *self = Self::acquire(endpoint, lock_timeout).await?;
        Ok(())
    }

    /// Is the lock still ours?
    ///
    /// # Errors
    /// A lost connection, which means that it is not.
    pub async fn is_held(&mut self) -> Result<bool, Failure> {
        let row = self.connection.batch_row(&CHECK.sql()).await?;
        Ok(row.text("LockMode")? == "Exclusive")
    }
}

async fn holder(connection: &mut Connection) -> Result<Holder, Failure> {
    let own = connection.session_id();
    let rows = connection.rows(&HOLDER.sql(), &[]).await?;
    for row in rows {
        let session_id = row.integer("SessionId")?;
        if session_id != own {
            return Ok(Holder {
                session_id: Some(session_id),
                login: row.text("LoginName")?,
                host: row.text("HostName")?,
                program: row.text("ProgramName")?,
                process_id: row.opt_integer("HostProcessId")?,
                lock: NAME.to_owned(),
            });
        }
    }
    Ok(Holder::unknown(NAME))
}
