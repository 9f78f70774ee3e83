//! Why a database cannot be opened, when the server says no more than that: master knows its state.

use std::time::Duration;

use crate::connect::{Connection, Endpoint, Failure, Purpose};
use crate::engine::Stop;
use crate::restore::{Access, MASTER, Tail, Target, newest_tail, sessions_in};

/// What a failure to open the database means; the failure itself when master does not know more.
pub async fn explain(endpoint: &Endpoint, lock_timeout: Duration, failure: Failure) -> Stop {
    if !matches!(failure, Failure::Database { .. }) {
        return failure.into();
    }
    match state(endpoint, lock_timeout).await {
        Some(stop) => stop,
        None => failure.into(),
    }
}

async fn state(endpoint: &Endpoint, lock_timeout: Duration) -> Option<Stop> {
    let master = endpoint.in_database(MASTER);
    let mut connection = Connection::open(&master, Purpose::Control, lock_timeout)
        .await
        .ok()?;
    let name = &endpoint.database;
    let target = Target::read(&mut connection, name).await.ok()??;
    match target.access() {
        Access::Restoring => {
            let tail = newest_tail(&mut connection, name).await.ok().flatten();
            Some(restoring(name, tail.as_ref()))
        }
        Access::SingleUser => {
            let inside = sessions_in(&mut connection, name).await.unwrap_or_default();
            Some(single_user(name, &inside))
        }
        Access::Closed => Some(Stop::Refused {
            what: format!("database '{name}'"),
            cause: format!("it is {}", target.state),
            next: "bring it online, or see the server's error log".to_owned(),
        }),
        Access::Open => None,
    }
}

fn restoring(name: &str, tail: Option<&Tail>) -> Stop {
    let ours = tail.filter(|tail| tail.newest && tail.is_ours());
    let (cause, next) = match ours {
        Some(tail) => (
            format!(
                "it is in the state RESTORING: `hartonomous rollback phase3 --from-backup` saved the tail of its log to {}, position {}, and did not come to its end",
                tail.device, tail.position
            ),
            format!(
                "the same command carries on; or, as long as nothing was restored over it, RESTORE DATABASE [{name}] WITH RECOVERY and ALTER DATABASE [{name}] SET MULTI_USER bring it back as it was (docs/runbook.md, \"a restore was interrupted\")"
            ),
        ),
        None => (
            "it is in the state RESTORING: somebody restores it, or has saved the tail of its log"
                .to_owned(),
            format!(
                "wait for that, or end it with RESTORE DATABASE [{name}] WITH RECOVERY (docs/runbook.md, \"a restore was interrupted\")"
            ),
        ),
    };
    Stop::Refused {
        what: format!("database '{name}'"),
        cause,
        next,
    }
}

/// Somebody has the only seat of a database in single-user mode.
pub fn single_user(name: &str, inside: &[String]) -> Stop {
    let who = if inside.is_empty() {
        "somebody (VIEW SERVER PERFORMANCE STATE would show who)".to_owned()
    } else {
        inside.join("; ")
    };
    Stop::Refused {
        what: format!("database '{name}'"),
        cause: format!("it is in single-user mode, and the only seat is taken by {who}"),
        next: format!(
            "end that session (KILL) or wait for it; if `hartonomous rollback phase3 --from-backup` was interrupted, the same command carries on, and ALTER DATABASE [{name}] SET MULTI_USER gives the database back instead (docs/runbook.md, \"a restore was interrupted\")"
        ),
    }
}
