//! What goes wrong on the way to the server and in it, sorted by what to do about it.

use thiserror::Error;

/// A failure, with the object it concerns and the next step where there is one.
#[derive(Debug, Error)]
pub enum Failure {
    #[error("cannot reach {address}: {cause}; check the server's name, port and firewall")]
    Network { address: String, cause: String },
    #[error(
        "no trusted encrypted connection to {address}: {cause}; give the server's certificate authority with --ca FILE, or --trust-server-certificate to accept any certificate"
    )]
    Tls { address: String, cause: String },
    #[error("login of '{user}' on {address} failed: {message} (message {number})")]
    Login {
        address: String,
        user: String,
        number: u32,
        message: String,
    },
    #[error("database '{database}' on {address} cannot be opened: {message} (message {number})")]
    Database {
        address: String,
        database: String,
        number: u32,
        message: String,
    },
    #[error(
        "not permitted: {message} (message {number}, {statement}); docs/security.md lists the grants of each phase"
    )]
    Permission {
        number: u32,
        message: String,
        statement: String,
    },
    #[error("{statement}: {message} (message {number}, level {class}, line {line}{procedure})")]
    Server {
        number: u32,
        class: u8,
        line: u32,
        procedure: String,
        message: String,
        statement: String,
    },
    #[error("the connection to the server was lost in {statement}: {cause}")]
    Lost { statement: String, cause: String },
    #[error("{statement}: the server's answer does not read: {cause}")]
    Protocol { statement: String, cause: String },
    #[error("the session option {option} is {found}, not {wanted}; {hint}")]
    SessionOption {
        option: String,
        found: String,
        wanted: String,
        hint: String,
    },
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    /// The same transaction may succeed when it is tried again (1205, 1222 ...).
    Transient,
    /// The connection is gone; whether the last commit took effect must be looked up.
    OutcomeUnknown,
    /// The server will say the same again.
    Refused,
    /// The log is full (9002): nothing goes on until somebody makes space.
    LogFull,
}

/// Messages after which the same transaction may be tried again on a connection (facts F4).
const TRANSIENT: &[u32] = &[
    1204, 1205, 1222, 3960, 3961, 8645, 13535, 41301, 41302, 41305, 41325, 41839, 701,
];

/// Messages that mean: this replica is not the one, connect anew (facts F4).
const RECONNECT: &[u32] = &[
    615, 926, 976, 978, 979, 982, 983, 988, 3906, 4060, 4221, 10053, 10054, 10060, 10928, 10929,
    40197, 40501, 40613, 49918, 49919, 49920,
];

/// Login failures of a server that is starting, upgrading or shutting down.
const STARTING: &[u32] = &[6005, 17142, 17187, 17191, 18401, 18451];

/// Messages that mean: the login may not do this.
const PERMISSION: &[u32] = &[
    229, 230, 262, 297, 300, 916, 1088, 2760, 3110, 3704, 4902, 5011, 6004, 15247,
];

impl Failure {
    pub fn sorting(&self) -> Sorting {
        match self {
            Self::Server { number: 9002, .. } => Sorting::LogFull,
            Self::Server { number, .. } if TRANSIENT.contains(number) => Sorting::Transient,
            Self::Server { number, .. } if RECONNECT.contains(number) => Sorting::OutcomeUnknown,
            Self::Lost { .. } => Sorting::OutcomeUnknown,
            _ => Sorting::Refused,
        }
    }

    /// May the same thing succeed a little later, on a new connection if need be? A server that restarts or fails over refuses
    /// connections and databases for a while.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Network { .. } => true,
            Self::Database { number, .. } => RECONNECT.contains(number),
            Self::Login { number, .. } => STARTING.contains(number),
            other => matches!(
                other.sorting(),
                Sorting::Transient | Sorting::OutcomeUnknown
            ),
        }
    }

    /// The server's message number, if it was the server that spoke.
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::Login { number, .. }
            | Self::Database { number, .. }
            | Self::Permission { number, .. }
            | Self::Server { number, .. } => Some(*number),
            _ => None,
        }
    }

    /// Cannot connect or not permitted: exit code 3.
    pub fn is_access(&self) -> bool {
        matches!(
            self,
            Self::Network { .. }
                | Self::Tls { .. }
                | Self::Login { .. }
                | Self::Database { .. }
                | Self::Permission { .. }
                | Self::SessionOption { .. }
        )
    }

    /// A failure of a statement on an open connection.
    pub fn of_statement(error: &tiberius::error::Error, statement: &str) -> Self {
        use tiberius::error::Error;
        let statement = statement.to_owned();
        match error {
            // 4902 and 1088 hide both "no such object" and "not permitted"; the server's text says so.
            Error::Server(token) if PERMISSION.contains(&token.code()) => Self::Permission {
                number: token.code(),
                message: token.message().to_owned(),
                statement,
            },
            Error::Server(token) => Self::Server {
                number: token.code(),
                class: token.class(),
                line: token.line(),
                procedure: if token.procedure().is_empty() {
                    String::new()
                } else {
                    format!(", procedure {}", token.procedure())
                },
                message: token.message().to_owned(),
                statement,
            },
            Error::Io { .. } => Self::Lost {
                statement,
                cause: error.to_string(),
            },
            Error::Protocol(text) if text.contains("no longer be used") => Self::Lost {
                statement,
                cause: text.to_string(),
            },
            other => Self::Protocol {
                statement,
                cause: other.to_string(),
            },
        }
    }

    /// A failure while a connection is opened.
    pub(super) fn of_login(
        error: &tiberius::error::Error,
        endpoint: &super::Endpoint,
        address: &str,
    ) -> Self {
        use tiberius::error::Error;
        match error {
            Error::Server(token) if token.code() == 4060 => Self::Database {
                address: address.to_owned(),
                database: endpoint.database.clone(),
                number: token.code(),
                message: token.message().to_owned(),
            },
            Error::Server(token) => Self::Login {
                address: address.to_owned(),
                user: endpoint.user.clone(),
                number: token.code(),
                message: token.message().to_owned(),
            },
            Error::Tls(cause) => Self::Tls {
                address: address.to_owned(),
                cause: cause.clone(),
            },
            other => {
                let cause = other.to_string();
                let lower = cause.to_lowercase();
                let about_tls = ["certificate", "tls", "handshake", "encrypt"]
                    .iter()
                    .any(|word| lower.contains(word));
                if about_tls {
                    Self::Tls {
                        address: address.to_owned(),
                        cause,
                    }
                } else {
                    Self::Network {
                        address: address.to_owned(),
                        cause,
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(number: u32) -> Failure {
        Failure::Server {
            number,
            class: 16,
            line: 1,
            procedure: String::new(),
            message: String::new(),
            statement: String::new(),
        }
    }

    #[test]
    fn only_what_is_known_to_be_transient_is_tried_again() {
        assert_eq!(server(1205).sorting(), Sorting::Transient);
        assert_eq!(server(9002).sorting(), Sorting::LogFull);
        assert_eq!(server(3906).sorting(), Sorting::OutcomeUnknown);
        for number in [2627, 2601, 547, 515, 529, 2628, 42204, 50001] {
            assert_eq!(server(number).sorting(), Sorting::Refused, "{number}");
        }
    }
}
