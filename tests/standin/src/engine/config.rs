//! What a server is started with.

use std::str::FromStr;

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

/// A table whose bulk-loaded rows are taken off the wire, counted and dropped, in every database of the server: what is left
/// is what a client can send. Each load that it concerns says so in a message of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NullSink {
    pub schema: String,
    pub table: String,
}

impl NullSink {
    /// Names are compared without regard to case.
    pub fn is(&self, schema: &str, table: &str) -> bool {
        self.schema.eq_ignore_ascii_case(schema) && self.table.eq_ignore_ascii_case(table)
    }
}

impl std::fmt::Display for NullSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

impl FromStr for NullSink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('.') {
            Some((schema, table))
                if !schema.is_empty() && !table.is_empty() && !table.contains('.') =>
            {
                Ok(Self {
                    schema: schema.to_owned(),
                    table: table.to_owned(),
                })
            }
            _ => Err(format!(
                "'{text}' is not a schema and a table, as in dbo.AtomRelations"
            )),
        }
    }
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
    /// Empty unless somebody asks for it.
    pub null_sinks: Vec<NullSink>,
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
            null_sinks: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NullSink, ServerConfig};

    #[test]
    fn a_null_sink_is_named_whole_or_not_at_all() {
        let sink: NullSink = "dbo.AtomRelations".parse().unwrap();
        assert!(sink.is("DBO", "atomrelations"));
        assert!(!sink.is("dbo", "Atoms"));
        assert!(!sink.is("other", "AtomRelations"));
        for wrong in ["AtomRelations", "dbo.", ".AtomRelations", "a.b.c", ""] {
            assert!(wrong.parse::<NullSink>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_is_dropped_by_default() {
        assert!(ServerConfig::default().null_sinks.is_empty());
    }
}
