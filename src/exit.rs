//! Exit codes: a documented contract (docs/exit-codes.md).

use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[repr(u8)]
pub enum Exit {
    /// Done; every gate that was measured holds.
    Done = 0,
    /// A gate or check failed.
    GateFailed = 1,
    /// The command line or configuration is wrong.
    Usage = 2,
    /// Cannot connect, or not permitted.
    Access = 3,
    /// Another run holds the lock.
    Locked = 4,
    /// Stopped on request; the same command carries on.
    Stopped = 5,
    /// Failed; the same command carries on.
    Failed = 6,
    /// The state of the database is refused: layout, drift.
    Refused = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
