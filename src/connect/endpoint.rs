//! Where to connect, as whom, and how the connection is protected.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;

use secrecy::SecretString;

/// How the wire is protected. There is no "optional".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Required,
    /// Only to a loopback address.
    Plaintext,
}

/// Whose certificate is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The certificate authorities of this machine.
    System,
    /// Those of a PEM or DER file, too.
    Authority(PathBuf),
    /// Any certificate: the connection is encrypted, the server is not authenticated.
    Anyone,
}

/// A server, a database and a login. `Debug` does not show the password.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
    pub database: String,
    pub user: String,
    pub password: SecretString,
    pub encryption: Encryption,
    pub trust: Trust,
}

impl Endpoint {
    /// The same server and login, in another database.
    #[must_use]
    pub fn in_database(&self, name: &str) -> Self {
        Self {
            database: name.to_owned(),
            ..self.clone()
        }
    }
}

/// A connection that cannot even be tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error(
        "no server given; name one with --server, or give a connection string in HARTONOMOUS_CONNECTION"
    )]
    NoServer,
    #[error("no database given; name it with --database or `Database=` in HARTONOMOUS_CONNECTION")]
    NoDatabase,
    #[error("no user given; name it with --user or `User ID=` in HARTONOMOUS_CONNECTION")]
    NoUser,
    #[error(
        "no password for user '{0}'; set HARTONOMOUS_PASSWORD, give --password-file, or run on a terminal to be asked"
    )]
    NoPassword(String),
    #[error("the connection string in HARTONOMOUS_CONNECTION does not read: {0}")]
    ConnectionString(String),
    #[error("port '{0}' is not a number from 1 to 65535")]
    Port(String),
    #[error(
        "server '{0}' names an instance; give its port instead (host,port), the browser service is not asked"
    )]
    Instance(String),
    #[error(
        "a plaintext connection to '{0}' is refused: only a loopback address may be reached without encryption; leave --plaintext out"
    )]
    PlaintextBeyondLoopback(String),
    #[error("'{key}={value}' in HARTONOMOUS_CONNECTION is not supported; {hint}")]
    Unsupported {
        key: String,
        value: String,
        hint: String,
    },
}

/// The parts of an endpoint as they were given; later ones complete earlier ones.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    pub host: Option<String>,
    pub port: Option<u16>,
    pub database: Option<String>,
    pub user: Option<String>,
    pub password: Option<SecretString>,
    pub plaintext: bool,
    pub trust_anyone: bool,
    pub authority: Option<PathBuf>,
}

impl Parts {
    /// # Errors
    /// A text that is no ADO.NET connection string, or asks for what is not supported.
    pub fn from_connection_string(text: &str) -> Result<Self, EndpointError> {
        let pairs = super::ado::parse(text)?;
        let (host, port) = match pairs.get("server") {
            Some(server) => split_server(server)?,
            None => (None, None),
        };
        if pairs.get("integratedsecurity").is_some_and(|v| is_true(v)) {
            return Err(EndpointError::Unsupported {
                key: "Integrated Security".to_owned(),
                value: "true".to_owned(),
                hint: "use a SQL Server login with User ID and Password".to_owned(),
            });
        }
        Ok(Self {
            host,
            port,
            database: pairs.get("database").cloned(),
            user: pairs.get("user").cloned(),
            password: pairs
                .get("password")
                .map(|text| SecretString::from(text.as_str())),
            plaintext: wants_plaintext(&pairs)?,
            trust_anyone: pairs
                .get("trustservercertificate")
                .is_some_and(|v| is_true(v)),
            authority: pairs.get("servercertificate").map(PathBuf::from),
        })
    }

    /// These parts, and `other`'s where these say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            host: self.host.or(other.host),
            port: self.port.or(other.port),
            database: self.database.or(other.database),
            user: self.user.or(other.user),
            password: self.password.or(other.password),
            plaintext: self.plaintext || other.plaintext,
            trust_anyone: self.trust_anyone || other.trust_anyone,
            authority: self.authority.or(other.authority),
        }
    }

    /// # Errors
    /// What is missing, or a plaintext connection to another machine. `ask` is called for a missing password.
    pub fn finish(
        self,
        ask: impl FnOnce(&str, &str) -> Option<SecretString>,
    ) -> Result<Endpoint, EndpointError> {
        let host = self.host.ok_or(EndpointError::NoServer)?;
        let database = self.database.ok_or(EndpointError::NoDatabase)?;
        let user = self.user.ok_or(EndpointError::NoUser)?;
        if self.plaintext && !is_loopback(&host) {
            return Err(EndpointError::PlaintextBeyondLoopback(host));
        }
        let password = match self.password {
            Some(password) => password,
            None => ask(&user, &host).ok_or_else(|| EndpointError::NoPassword(user.clone()))?,
        };
        Ok(Endpoint {
            port: self.port.unwrap_or(1433),
            encryption: if self.plaintext {
                Encryption::Plaintext
            } else {
                Encryption::Required
            },
            trust: match (self.trust_anyone, self.authority) {
                (true, _) => Trust::Anyone,
                (false, Some(path)) => Trust::Authority(path),
                (false, None) => Trust::System,
            },
            host,
            database,
            user,
            password,
        })
    }
}

/// `[tcp:]host[,port]`.
pub fn split_server(text: &str) -> Result<(Option<String>, Option<u16>), EndpointError> {
    let text = text.trim();
    let text = text.strip_prefix("tcp:").unwrap_or(text);
    if text.contains('\\') {
        return Err(EndpointError::Instance(text.to_owned()));
    }
    let (host, port) = match text.split_once(',') {
        Some((host, port)) => (host, Some(parse_port(port.trim())?)),
        None => (text, None),
    };
    let host = match host.trim() {
        "(local)" | "." => "localhost",
        host => host,
    };
    Ok((Some(host.to_owned()).filter(|h| !h.is_empty()), port))
}

fn parse_port(text: &str) -> Result<u16, EndpointError> {
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(|| EndpointError::Port(text.to_owned()))
}

fn wants_plaintext(pairs: &HashMap<String, String>) -> Result<bool, EndpointError> {
    let Some(value) = pairs.get("encrypt") else {
        return Ok(false);
    };
    match value.to_lowercase().as_str() {
        "true" | "yes" | "mandatory" => Ok(false),
        "false" | "no" | "optional" => Ok(true),
        other => Err(EndpointError::Unsupported {
            key: "Encrypt".to_owned(),
            value: other.to_owned(),
            hint: "use true, or false for a loopback address".to_owned(),
        }),
    }
}

fn is_true(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "true" | "yes" | "sspi")
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(text: &str) -> Result<Endpoint, EndpointError> {
        Parts::from_connection_string(text)?.finish(|_, _| None)
    }

    #[test]
    fn encryption_is_required_and_verified_unless_said_otherwise() {
        let endpoint = finish("Server=db1,1444;Database=d;User ID=u;Password=p").unwrap();
        assert_eq!(endpoint.encryption, Encryption::Required);
        assert_eq!(endpoint.trust, Trust::System);
        assert_eq!((endpoint.host.as_str(), endpoint.port), ("db1", 1444));
    }

    #[test]
    fn plaintext_reaches_loopback_only() {
        let text = |host| format!("Server={host};Database=d;User ID=u;Password=p;Encrypt=false");
        assert_eq!(
            finish(&text("127.0.0.1")).unwrap().encryption,
            Encryption::Plaintext
        );
        assert_eq!(
            finish(&text("db1")).unwrap_err(),
            EndpointError::PlaintextBeyondLoopback("db1".to_owned())
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(finish("Database=d").unwrap_err(), EndpointError::NoServer);
        assert_eq!(finish("Server=h").unwrap_err(), EndpointError::NoDatabase);
        assert_eq!(
            finish("Server=h;Database=d;User ID=u").unwrap_err(),
            EndpointError::NoPassword("u".to_owned())
        );
        assert!(matches!(
            finish("Server=h\\SQLEXPRESS;Database=d"),
            Err(EndpointError::Instance(_))
        ));
        assert!(matches!(
            finish("Server=h,99999"),
            Err(EndpointError::Port(_))
        ));
    }

    #[test]
    fn the_password_is_never_shown() {
        let endpoint = finish("Server=h;Database=d;User ID=u;Password=hunter2").unwrap();
        assert!(!format!("{endpoint:?}").contains("hunter2"));
    }
}
