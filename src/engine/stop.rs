//! Why a command ends before it is done, and with which exit code.

use thiserror::Error;

use super::Holder;
use crate::connect::{EndpointError, Failure};
use crate::exit::Exit;

/// The end of a command that did not reach its goal.
#[derive(Debug, Error)]
pub enum Stop {
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("another run works on this database: {0}; wait for it, or press Ctrl-C where it runs")]
    Locked(Box<Holder>),
    #[error(
        "this run lost the database to another run and has written nothing since; look at `hartonomous status`"
    )]
    FenceLost,
    #[error("stopped on request: {done}; the same command carries on")]
    Requested { done: String },
    #[error(
        "{gates} of {phase} not met: {names}; `hartonomous validate {phase}` shows the evidence"
    )]
    Gates {
        phase: &'static str,
        gates: String,
        names: String,
    },
    #[error("every gate of {phase} holds, and it waits for {what}: {next}")]
    Waits {
        phase: &'static str,
        what: &'static str,
        next: String,
    },
    #[error("{what} is refused: {cause}; {next}")]
    Refused {
        what: String,
        cause: String,
        next: String,
    },
    #[error("{0}")]
    Usage(String),
    #[error("failed to {what}: {cause}")]
    Local { what: String, cause: String },
}

impl Stop {
    pub fn exit(&self) -> Exit {
        match self {
            Self::Failure(failure) if failure.is_access() => Exit::Access,
            Self::Failure(_) | Self::Local { .. } => Exit::Failed,
            Self::Endpoint(_) | Self::Usage(_) => Exit::Usage,
            Self::Locked(_) | Self::FenceLost => Exit::Locked,
            Self::Requested { .. } => Exit::Stopped,
            Self::Gates { .. } | Self::Waits { .. } => Exit::GateFailed,
            Self::Refused { .. } => Exit::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_end_has_its_documented_exit_code() {
        let refused = Stop::Refused {
            what: "x".into(),
            cause: "y".into(),
            next: "z".into(),
        };
        assert_eq!(refused.exit() as u8, 7);
        assert_eq!(Stop::FenceLost.exit() as u8, 4);
        assert_eq!(Stop::Requested { done: "1".into() }.exit() as u8, 5);
        assert_eq!(Stop::Usage("x".into()).exit() as u8, 2);
        let network = Failure::Network {
            address: "a".into(),
            cause: "b".into(),
        };
        assert_eq!(Stop::Failure(network).exit() as u8, 3);
    }
}
