//! A whole server: engine and wire together, with a database to begin with and, if wanted, embeddings in it.

mod load;
mod npy;
mod precision;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::json;

pub use load::{LoadError, run_script};
pub use npy::{Matrix, NpyError};
pub use precision::Precision;

use crate::engine::config::{LoginConfig, ServerConfig};
use crate::engine::{Engine, Server};
use crate::wire::{Listener, RunningServer, WireOptions};

/// Name of the database that is served.
pub const DATABASE: &str = "Hartonomous";
/// The only login, a sysadmin.
pub const USER: &str = "sa";

/// What the database holds when the server is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// Nothing.
    Empty,
    /// The tables as they are before the migration.
    Tables,
    /// The same, AtomRelations system-versioned.
    SystemVersioned,
}

/// Embeddings to load into the baseline's tables.
#[derive(Debug, Clone)]
pub struct Embeddings {
    pub matrix: Matrix,
    pub precision: Precision,
    /// Rows of the matrix that are loaded, from the first.
    pub limit: usize,
}

/// What to serve.
pub struct ServeOptions {
    /// 0: a free port.
    pub port: u16,
    pub baseline: Baseline,
    pub embeddings: Option<Embeddings>,
    /// None: one made up for this process.
    pub password: Option<String>,
    pub config: ServerConfig,
    pub wire: WireOptions,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            port: 0,
            baseline: Baseline::Tables,
            embeddings: None,
            password: None,
            config: ServerConfig::default(),
            wire: WireOptions::default(),
        }
    }
}

/// A server that answers until it is dropped.
pub struct Serving {
    wire: RunningServer,
    password: String,
    address: SocketAddr,
    ca_path: std::path::PathBuf,
    engine: Arc<Server>,
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("failed to listen on 127.0.0.1: {0}")]
    Listen(std::io::Error),
    #[error("failed to write the certificate authority to {path}: {cause}")]
    Authority { path: String, cause: std::io::Error },
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Serving {
    /// Starts a server on 127.0.0.1.
    ///
    /// # Errors
    /// A port that is taken, a baseline script or an embedding that the engine refuses.
    pub async fn start(options: ServeOptions) -> Result<Self, ServeError> {
        let password = options.password.unwrap_or_else(made_up_password);
        let mut config = options.config;
        config.databases = vec![DATABASE.to_owned()];
        config.logins = vec![LoginConfig {
            name: USER.to_owned(),
            password: password.clone(),
            sysadmin: true,
            default_database: DATABASE.to_owned(),
        }];
        let engine = Server::new(config);
        load::baseline(&engine, &password, options.baseline)?;
        if let Some(embeddings) = &options.embeddings {
            load::embeddings(&engine, &password, embeddings)?;
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let wire = Listener::bind(address, Arc::new(Engine(engine.clone())), options.wire)
            .await
            .map_err(ServeError::Listen)?;
        let address = wire.local_addr();
        let ca_path = write_authority(&wire, address.port())?;
        Ok(Self {
            wire,
            password,
            address,
            ca_path,
            engine,
        })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    /// File with the certificate authority of the server's certificate, PEM.
    pub fn ca_path(&self) -> &std::path::Path {
        &self.ca_path
    }

    pub fn engine(&self) -> &Arc<Server> {
        &self.engine
    }

    pub fn wire(&self) -> &RunningServer {
        &self.wire
    }

    /// An ADO.NET connection string with everything a client needs, the certificate authority included.
    pub fn connection_string(&self) -> String {
        format!(
            "Server=tcp:127.0.0.1,{};Database={DATABASE};User ID={USER};Password={};Encrypt=true;ServerCertificate={}",
            self.port(),
            self.password,
            self.ca_path.display()
        )
    }

    /// The line that `serve` prints when the server is ready.
    pub fn ready_line(&self) -> String {
        let mut line = json!({
            "server": "127.0.0.1",
            "port": self.port(),
            "database": DATABASE,
            "user": USER,
            "password": self.password,
            "ca": self.ca_path.display().to_string(),
            "connection_string": self.connection_string(),
        });
        let sinks = &self.engine.config.null_sinks;
        if !sinks.is_empty() {
            let names: Vec<String> = sinks.iter().map(ToString::to_string).collect();
            line["null_sink"] = json!(names);
        }
        line.to_string()
    }

    /// Ends every connection and stops listening.
    pub async fn stop(self) {
        // The file may have been removed already; there is nothing to lose in it.
        let _ = std::fs::remove_file(&self.ca_path);
        self.wire.shutdown().await;
    }
}

fn made_up_password() -> String {
    format!("Standin!{:016x}", rand::random::<u64>())
}

fn write_authority(wire: &RunningServer, port: u16) -> Result<std::path::PathBuf, ServeError> {
    let path = std::env::temp_dir().join(format!(
        "hartonomous-standin-{}-{port}.pem",
        std::process::id()
    ));
    std::fs::write(&path, wire.ca_pem()).map_err(|cause| ServeError::Authority {
        path: path.display().to_string(),
        cause,
    })?;
    Ok(path)
}
