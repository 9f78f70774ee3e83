//! How a request that was not granted is told.

use super::LockOutcome;
use super::manager::Ended;
use crate::error::{ErrorKind, Result, SqlError};

pub(super) fn outcome(ended: Ended, spid: u16, timeout_state: u8) -> Result<LockOutcome> {
    match ended {
        Ended::Granted => Ok(LockOutcome::Granted),
        Ended::GrantedAfterWait => Ok(LockOutcome::GrantedAfterWait),
        Ended::TimedOut => {
            Err(SqlError::new(1222, "Lock request time out period exceeded.").state(timeout_state))
        }
        Ended::Deadlock => Err(deadlock_victim(spid, timeout_state)),
        Ended::Cancelled => Err(cancelled()),
    }
}

/// An attention ended the wait. Nobody catches it.
pub fn cancelled() -> SqlError {
    SqlError::new(0, "Operation cancelled by user.")
        .class(11)
        .state(0)
        .kind(ErrorKind::Cancelled)
}

/// 1205; its state names the kind of lock as 1222's does.
pub fn deadlock_victim(spid: u16, state: u8) -> SqlError {
    SqlError::new(
        1205,
        format!(
            "Transaction (Process ID {spid}) was deadlocked on lock resources with another process and has been \
             chosen as the deadlock victim. Rerun the transaction."
        ),
    )
    .class(13)
    .state(state)
    .kind(ErrorKind::BatchAborting)
}
