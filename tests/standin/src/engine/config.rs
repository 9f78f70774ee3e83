//! What a server is started with.

use super::faults::FaultSchedule;

/// A login that may connect.
#[derive(Debug, Clone)]
pub struct LoginConfig {
    pub name: String,
    pub password: String,
    /// sysadmin: may do everything; otherwise only what its database roles allow.
    pub sysadmin: bool,
    pub default_database: String,
}

/// Configuration of one server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    pub server_name: String,
    pub logins: Vec<LoginConfig>,
    /// User databases that exist from the start.
    pub databases: Vec<String>,
    /// `Enterprise Developer Edition (64-bit)` and the like, as SERVERPROPERTY('Edition') shows it.
    pub edition: String,
    pub engine_edition: i32,
    pub faults: FaultSchedule,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            server_name: "standin".to_owned(),
            logins: vec![LoginConfig {
                name: "sa".to_owned(),
                password: "Standin!2025".to_owned(),
                sysadmin: true,
                default_database: "master".to_owned(),
            }],
            databases: vec!["Hartonomous".to_owned()],
            edition: "Enterprise Developer Edition (64-bit)".to_owned(),
            engine_edition: 3,
            faults: FaultSchedule::default(),
        }
    }
}
