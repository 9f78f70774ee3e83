//! One connection: opened, its session options set and verified, its statements run.

use std::time::Duration;

use futures_util::TryStreamExt;
use secrecy::ExposeSecret;
use tiberius::{
    AuthMethod, Client, Config, EncryptionLevel, Row, SqlBulkCopyOption, SqlBulkCopyOptions, ToSql,
    TokenRow,
};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};
use tracing::debug;

use super::{Encryption, Endpoint, Failure, RowExt, Trust};
use crate::tsql::{Fragment, Sql, Statement, embedded};

const SET_OPTIONS: Statement = embedded!("connect/set_session_options.sql");
const READ_OPTIONS: Statement = embedded!("connect/read_session_options.sql");

/// What the connection is for; part of the name that the server shows for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reads and changes of metadata, gates, status.
    Control,
    /// Holds the application lock and does nothing else.
    Lock,
    /// Reads embeddings.
    Reader,
    /// Writes batches.
    Writer,
    /// Adds reference-count deltas to the atoms.
    Folder,
    /// Watches requests, signals, leases.
    Monitor,
}

impl Purpose {
    fn application_name(self) -> &'static str {
        match self {
            Self::Control => "hartonomous",
            Self::Lock => "hartonomous lock",
            Self::Reader => "hartonomous reader",
            Self::Writer => "hartonomous writer",
            Self::Folder => "hartonomous folder",
            Self::Monitor => "hartonomous monitor",
        }
    }
}

/// Columns of a bulk load, in the order of the values in its rows.
pub type BulkColumns = &'static [&'static str];

/// What a bulk load asks of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct BulkLoad {
    /// Rows are checked as they come; otherwise the table's foreign keys and checks are not trusted afterwards.
    pub check_constraints: bool,
    /// The whole table is locked until the transaction ends.
    pub table_lock: bool,
}

impl Default for BulkLoad {
    fn default() -> Self {
        Self {
            check_constraints: true,
            table_lock: false,
        }
    }
}

/// An open connection whose session options are what every statement of this program expects.
pub struct Connection {
    client: Client<Compat<TcpStream>>,
    session_id: i64,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

/// How long opening a connection may take, per address and for the handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

impl Connection {
    /// Opens a connection, follows one routing answer, sets the session options and verifies them.
    ///
    /// # Errors
    /// Network, TLS, login and database failures, each its own kind; an option that does not take.
    pub async fn open(
        endpoint: &Endpoint,
        purpose: Purpose,
        lock_timeout: Duration,
    ) -> Result<Self, Failure> {
        let (mut host, mut port) = (endpoint.host.clone(), endpoint.port);
        for _ in 0..2 {
            match login(endpoint, purpose, &host, port).await {
                Err(LoginFailure::Routed { host: h, port: p }) => (host, port) = (h, p),
                Err(LoginFailure::Failed(failure)) => return Err(failure),
                Ok(client) => {
                    let mut connection = Self {
                        client,
                        session_id: 0,
                    };
                    connection.set_options(lock_timeout).await?;
                    return Ok(connection);
                }
            }
        }
        Err(Failure::Network {
            address: format!("{host},{port}"),
            cause: "the server routed the connection twice".to_owned(),
        })
    }

    async fn set_options(&mut self, lock_timeout: Duration) -> Result<(), Failure> {
        let millis = i64::try_from(lock_timeout.as_millis()).unwrap_or(i64::MAX);
        let set = SET_OPTIONS.with(&[("LockTimeout", Fragment::number(millis))]);
        self.batch(&set).await?;
        let row = self.batch_row(&READ_OPTIONS.sql()).await?;
        verify_options(row.integer("Options")?)?;
        let found = row.integer("LockTimeout")?;
        if found != millis {
            return Err(option_failure(
                "LOCK_TIMEOUT",
                &found.to_string(),
                &millis.to_string(),
            ));
        }
        self.session_id = row.integer("SessionId")?;
        Ok(())
    }

    /// The server's number for this session (@@SPID).
    pub fn session_id(&self) -> i64 {
        self.session_id
    }

    /// The only row of a batch's first result set.
    ///
    /// # Errors
    /// As `batch`, and any other number of rows.
    pub async fn batch_row(&mut self, sql: &Sql) -> Result<Row, Failure> {
        let first = self.batch(sql).await?.into_iter().next();
        only_row(first.unwrap_or_default(), sql)
    }

    /// Runs a batch in session scope (no parameters) and returns its result sets.
    ///
    /// # Errors
    /// The first error that the server sends, or a lost connection.
    pub async fn batch(&mut self, sql: &Sql) -> Result<Vec<Vec<Row>>, Failure> {
        debug!(statement = sql.path(), "batch");
        let run = async {
            self.client
                .simple_query(sql.text())
                .await?
                .into_results()
                .await
        };
        run.await
            .map_err(|error| Failure::of_statement(&error, sql.path()))
    }

    /// Runs a script: each of its batches, in order.
    ///
    /// # Errors
    /// As `batch`; the batches after the failing one are not run.
    pub async fn script(&mut self, sql: &Sql) -> Result<(), Failure> {
        for batch in sql.batches() {
            self.batch(&batch).await?;
        }
        Ok(())
    }

    /// Runs one parameterised statement (`@P1`, `@P2` ...) and returns all rows of its first result set.
    ///
    /// # Errors
    /// As `batch`.
    pub async fn rows(&mut self, sql: &Sql, params: &[&dyn ToSql]) -> Result<Vec<Row>, Failure> {
        Ok(self
            .results(sql, params)
            .await?
            .into_iter()
            .next()
            .unwrap_or_default())
    }

    /// Runs one parameterised statement and returns all its result sets.
    ///
    /// # Errors
    /// As `batch`.
    pub async fn results(
        &mut self,
        sql: &Sql,
        params: &[&dyn ToSql],
    ) -> Result<Vec<Vec<Row>>, Failure> {
        debug!(statement = sql.path(), "rpc");
        let run = async {
            self.client
                .query(sql.text(), params)
                .await?
                .into_results()
                .await
        };
        run.await
            .map_err(|error| Failure::of_statement(&error, sql.path()))
    }

    /// Runs one parameterised statement and hands over its rows as they arrive, so that they are never all in memory.
    ///
    /// # Errors
    /// As `batch`; the first failure of `visit`, after all rows have been read.
    pub async fn each_row(
        &mut self,
        sql: &Sql,
        params: &[&dyn ToSql],
        mut visit: impl FnMut(&Row) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        debug!(statement = sql.path(), "rpc");
        let failed = |error: tiberius::error::Error| Failure::of_statement(&error, sql.path());
        let mut visited = Ok(());
        let mut answer = self
            .client
            .query(sql.text(), params)
            .await
            .map_err(failed)?;
        while let Some(item) = answer.try_next().await.map_err(failed)? {
            if let Some(row) = item.as_row()
                && visited.is_ok()
            {
                visited = visit(row);
            }
        }
        visited
    }

    /// The only row of a statement's result.
    ///
    /// # Errors
    /// As `batch`, and any other number of rows.
    pub async fn row(&mut self, sql: &Sql, params: &[&dyn ToSql]) -> Result<Row, Failure> {
        only_row(self.rows(sql, params).await?, sql)
    }

    /// Bulk-loads rows with CHECK_CONSTRAINTS, so that foreign keys are enforced and stay trusted, and without a table lock.
    ///
    /// # Errors
    /// As `batch`; a value that does not fit its column.
    pub async fn bulk<'a>(
        &'a mut self,
        table: &'static str,
        columns: BulkColumns,
        rows: impl Iterator<Item = TokenRow<'a>>,
    ) -> Result<u64, Failure> {
        self.bulk_as(table, columns, BulkLoad::default(), rows)
            .await
    }

    /// Bulk-loads rows as `load` says.
    ///
    /// # Errors
    /// As `bulk`.
    pub async fn bulk_as<'a>(
        &'a mut self,
        table: &'static str,
        columns: BulkColumns,
        load: BulkLoad,
        rows: impl Iterator<Item = TokenRow<'a>>,
    ) -> Result<u64, Failure> {
        debug!(table, "bulk load");
        let mut options: SqlBulkCopyOptions = SqlBulkCopyOption::KeepNulls.into();
        if load.check_constraints {
            options |= SqlBulkCopyOption::CheckConstraints;
        }
        if load.table_lock {
            options |= SqlBulkCopyOption::TableLock;
        }
        let run = async {
            let mut load = self
                .client
                .bulk_insert_with_options(table, columns, options, &[])
                .await?;
            for row in rows {
                load.send(row).await?;
            }
            Ok::<_, tiberius::error::Error>(load.finalize().await?.total())
        };
        run.await
            .map_err(|error| Failure::of_statement(&error, &format!("bulk load into {table}")))
    }

    /// # Errors
    /// As `batch`.
    pub async fn begin(&mut self) -> Result<(), Failure> {
        let begun = self.client.begin_transaction().await;
        begun.map_err(|error| Failure::of_statement(&error, "begin transaction"))
    }

    /// # Errors
    /// As `batch`; after a lost connection the outcome is unknown.
    pub async fn commit(&mut self) -> Result<(), Failure> {
        let committed = self.client.commit_transaction().await;
        committed.map_err(|error| Failure::of_statement(&error, "commit"))
    }

    /// Rolls back whatever transaction is open; none is no error.
    ///
    /// # Errors
    /// A lost connection.
    pub async fn rollback(&mut self) -> Result<(), Failure> {
        const ROLLBACK: Statement = embedded!("connect/rollback_if_open.sql");
        self.batch(&ROLLBACK.sql()).await.map(drop)
    }
}

fn only_row(mut rows: Vec<Row>, sql: &Sql) -> Result<Row, Failure> {
    match (rows.pop(), rows.len()) {
        (Some(row), 0) => Ok(row),
        (last, others) => Err(Failure::Protocol {
            statement: sql.path().to_owned(),
            cause: format!(
                "{} rows, expected one",
                others + usize::from(last.is_some())
            ),
        }),
    }
}

/// Bits of @@OPTIONS that must be on (true) or off, with their names.
const OPTIONS: &[(i64, &str, bool)] = &[
    (2, "IMPLICIT_TRANSACTIONS", false),
    (8, "ANSI_WARNINGS", true),
    (16, "ANSI_PADDING", true),
    (32, "ANSI_NULLS", true),
    (64, "ARITHABORT", true),
    (256, "QUOTED_IDENTIFIER", true),
    (512, "NOCOUNT", true),
    (4096, "CONCAT_NULL_YIELDS_NULL", true),
    (8192, "NUMERIC_ROUNDABORT", false),
    (16384, "XACT_ABORT", true),
];

fn verify_options(found: i64) -> Result<(), Failure> {
    let word = |on: bool| if on { "ON" } else { "OFF" };
    match OPTIONS
        .iter()
        .find(|(bit, _, on)| (found & bit != 0) != *on)
    {
        None => Ok(()),
        Some((_, name, on)) => Err(option_failure(name, word(!on), word(*on))),
    }
}

fn option_failure(option: &str, found: &str, wanted: &str) -> Failure {
    Failure::SessionOption {
        option: option.to_owned(),
        found: found.to_owned(),
        wanted: wanted.to_owned(),
        hint: "something on the way changes session options; connect to the server itself"
            .to_owned(),
    }
}

enum LoginFailure {
    Routed { host: String, port: u16 },
    Failed(Failure),
}

async fn login(
    endpoint: &Endpoint,
    purpose: Purpose,
    host: &str,
    port: u16,
) -> Result<Client<Compat<TcpStream>>, LoginFailure> {
    let address = format!("{host},{port}");
    let network = |cause: String| {
        LoginFailure::Failed(Failure::Network {
            address: address.clone(),
            cause,
        })
    };
    let connecting = TcpStream::connect((host.trim_matches(['[', ']']), port));
    let stream = tokio::time::timeout(CONNECT_TIMEOUT, connecting)
        .await
        .map_err(|_| network(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|error| network(error.to_string()))?;
    stream
        .set_nodelay(true)
        .map_err(|error| network(error.to_string()))?;
    match Client::connect(config(endpoint, purpose, host, port), stream.compat_write()).await {
        Ok(client) => Ok(client),
        Err(tiberius::error::Error::Routing { host, port }) => {
            Err(LoginFailure::Routed { host, port })
        }
        Err(error) => Err(LoginFailure::Failed(Failure::of_login(
            &error, endpoint, &address,
        ))),
    }
}

fn config(endpoint: &Endpoint, purpose: Purpose, host: &str, port: u16) -> Config {
    let mut config = Config::new();
    config.host(host);
    config.port(port);
    config.database(&endpoint.database);
    config.application_name(purpose.application_name());
    config.authentication(AuthMethod::sql_server(
        &endpoint.user,
        endpoint.password.expose_secret(),
    ));
    config.encryption(match endpoint.encryption {
        Encryption::Required => EncryptionLevel::Required,
        Encryption::Plaintext => EncryptionLevel::NotSupported,
    });
    match &endpoint.trust {
        Trust::System => {}
        Trust::Authority(path) => config.trust_cert_ca(path.display()),
        Trust::Anyone => config.trust_cert(),
    }
    // Index builds and verification are silent for longer than any default; deadlines are the callers' own.
    config.command_timeout(None);
    config.handshake_timeout(Some(CONNECT_TIMEOUT));
    config.packet_size(32_767);
    config
}
