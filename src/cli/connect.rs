//! Options that say where to connect and as whom.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::closed;
use crate::connect::{Connection, Endpoint, EndpointError, Parts, Purpose, split_server};
use crate::engine::Stop;

/// Where to connect. A password is never an argument: it comes from HARTONOMOUS_PASSWORD, a file, or a prompt.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectArgs {
    /// Server, `host` or `host,port`
    #[arg(long, global = true, env = "HARTONOMOUS_SERVER")]
    pub server: Option<String>,

    /// Port [default: 1433]
    #[arg(long, global = true, env = "HARTONOMOUS_PORT")]
    pub port: Option<u16>,

    /// Database
    #[arg(long, global = true, env = "HARTONOMOUS_DATABASE")]
    pub database: Option<String>,

    /// SQL Server login
    #[arg(long, global = true, env = "HARTONOMOUS_USER")]
    pub user: Option<String>,

    /// File whose first line is the password
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HARTONOMOUS_PASSWORD_FILE"
    )]
    pub password_file: Option<PathBuf>,

    /// Accept any server certificate: encrypted, but the server is not authenticated
    #[arg(long, global = true, conflicts_with = "ca")]
    pub trust_server_certificate: bool,

    /// Certificate authority of the server, PEM or DER
    #[arg(long, global = true, value_name = "FILE", env = "HARTONOMOUS_CA")]
    pub ca: Option<PathBuf>,

    /// No encryption; only to a loopback address
    #[arg(long, global = true)]
    pub plaintext: bool,

    /// How long a statement waits for a lock
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    pub lock_timeout: Duration,
}

impl ConnectArgs {
    /// The endpoint that options, environment and connection string describe.
    ///
    /// # Errors
    /// What is missing or contradictory; a password file that cannot be read.
    pub fn endpoint(&self) -> Result<Endpoint, Stop> {
        let (host, port) = match &self.server {
            Some(server) => split_server(server)?,
            None => (None, None),
        };
        let from_options = Parts {
            host,
            port: self.port.or(port),
            database: self.database.clone(),
            user: self.user.clone(),
            password: self.password()?,
            plaintext: self.plaintext,
            trust_anyone: self.trust_server_certificate,
            authority: self.ca.clone(),
        };
        let from_string = match std::env::var("HARTONOMOUS_CONNECTION") {
            Ok(text) => Parts::from_connection_string(&text)?,
            Err(std::env::VarError::NotPresent) => Parts::default(),
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(EndpointError::ConnectionString("it is not UTF-8".to_owned()).into());
            }
        };
        Ok(from_options.or(from_string).finish(ask_password)?)
    }

    fn password(&self) -> Result<Option<SecretString>, Stop> {
        if let Some(path) = &self.password_file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Stop::Usage(format!(
                    "failed to read the password file {}: {error}",
                    path.display()
                ))
            })?;
            return Ok(Some(text.lines().next().unwrap_or_default().into()));
        }
        Ok(std::env::var("HARTONOMOUS_PASSWORD")
            .ok()
            .map(SecretString::from))
    }

    /// Opens a connection for reads and changes of metadata.
    ///
    /// # Errors
    /// As `endpoint`, and everything that can go wrong on the way.
    pub async fn open(&self) -> Result<(Endpoint, Connection), Stop> {
        let endpoint = self.endpoint()?;
        match Connection::open(&endpoint, Purpose::Control, self.lock_timeout).await {
            Ok(connection) => Ok((endpoint, connection)),
            Err(failure) => Err(closed::explain(&endpoint, self.lock_timeout, failure).await),
        }
    }
}

fn ask_password(user: &str, host: &str) -> Option<SecretString> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    rpassword::prompt_password(format!("password of {user} on {host}: "))
        .ok()
        .map(SecretString::from)
}
