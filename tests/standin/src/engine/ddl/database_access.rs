//! ALTER DATABASE ... SET SINGLE_USER, RESTRICTED_USER, MULTI_USER, ONLINE, OFFLINE: who has to leave, and how.

use std::time::{Duration, Instant};

use crate::catalog::model::DatabaseId;
use crate::catalog::{DatabaseState, MSDB, UserAccess};
use crate::engine::Session;
use crate::engine::frame::ExecContext;
use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::ResultSink;

/// 5069 after the reason.
pub(super) fn failed(reason: SqlError) -> SqlError {
    reason.followed_by(SqlError::new(5069, "ALTER DATABASE statement failed."))
}

/// 5052: it is being restored; 5064: somebody else is the single user.
pub(super) fn require_alterable(session: &Session, id: DatabaseId) -> Result<()> {
    let Some(database) = session.server.catalog.database(id) else {
        return Ok(());
    };
    if database.state == DatabaseState::Restoring {
        return Err(failed(SqlError::new(
            5052,
            "ALTER DATABASE is not permitted while a database is in the Restoring state.",
        )));
    }
    let others = session.server.sessions_in(id, session.spid);
    if database.user_access == UserAccess::Single && !others.is_empty() {
        return Err(failed(SqlError::new(
            5064,
            format!(
                "Changes to the state or options of database '{}' cannot be made at this time. The database is in single-user mode, and a user is currently connected to it.",
                database.name
            ),
        )));
    }
    Ok(())
}

/// Is it an option of this room?
pub(super) fn is_state(option: &str) -> bool {
    matches!(
        option.to_ascii_uppercase().as_str(),
        "SINGLE_USER" | "RESTRICTED_USER" | "MULTI_USER" | "ONLINE" | "OFFLINE"
    )
}

/// What happens to those who are in the way.
enum Termination {
    Wait,
    NoWait,
    RollBackAfter(Duration),
}

fn termination(text: Option<&str>) -> Termination {
    match text {
        None => Termination::Wait,
        Some("NO_WAIT") => Termination::NoWait,
        Some(text) => Termination::RollBackAfter(Duration::from_secs(
            text.rsplit(' ')
                .next()
                .and_then(|last| last.parse().ok())
                .unwrap_or(0),
        )),
    }
}

pub(super) fn set(
    ctx: &ExecContext<'_>,
    id: DatabaseId,
    option: &str,
    ending: Option<&str>,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let option = option.to_ascii_uppercase();
    let session = &*ctx.session;
    let name = session.server.catalog.database_name(id);
    if id <= MSDB && !matches!(option.as_str(), "MULTI_USER" | "ONLINE") {
        return Err(failed(SqlError::new(
            5058,
            format!("Option '{option}' cannot be set in database '{name}'."),
        )));
    }
    match option.as_str() {
        "MULTI_USER" => {
            session
                .server
                .catalog
                .alter_database(id, |d| d.user_access = UserAccess::Multi);
        }
        "ONLINE" => {
            session
                .server
                .catalog
                .alter_database(id, |d| d.state = DatabaseState::Online);
        }
        "OFFLINE" => {
            if session.database == id {
                return Err(SqlError::not_implemented(
                    "ALTER DATABASE SET OFFLINE from inside of the database",
                ));
            }
            clear(ctx, id, &name, &termination(ending), sink, |_| true)?;
            session.server.catalog.alter_database(id, |d| {
                d.state = DatabaseState::Offline;
                d.in_transition = false;
            });
        }
        "SINGLE_USER" => {
            clear(ctx, id, &name, &termination(ending), sink, |_| true)?;
            session.server.catalog.alter_database(id, |d| {
                d.user_access = UserAccess::Single;
                d.in_transition = false;
            });
        }
        _ => {
            let server = &session.server;
            let unfit = |login: &str, sysadmin: bool| !server.owns(login, sysadmin, id);
            clear(ctx, id, &name, &termination(ending), sink, |spid| {
                let sessions = server
                    .sessions
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let login = sessions.get(&spid).map(|info| info.login.user.clone());
                drop(sessions);
                login.is_some_and(|login| unfit(&login, server.is_sysadmin(&login)))
            })?;
            session.server.catalog.alter_database(id, |d| {
                d.user_access = UserAccess::Restricted;
                d.in_transition = false;
            });
        }
    }
    Ok(())
}

/// Nobody enters any more, and those who must leave do. The database stays in transition; on an error it does not.
fn clear(
    ctx: &ExecContext<'_>,
    id: DatabaseId,
    name: &str,
    termination: &Termination,
    sink: &mut dyn ResultSink,
    must_leave: impl Fn(u16) -> bool,
) -> Result<()> {
    let session = &*ctx.session;
    let server = &session.server;
    let leaving =
        |all: Vec<u16>| -> Vec<u16> { all.into_iter().filter(|s| must_leave(*s)).collect() };
    let mut left = leaving(server.change_access(id, session.spid, |d| d.in_transition = true));
    let give_up = |error: SqlError| {
        server
            .catalog
            .alter_database(id, |d| d.in_transition = false);
        Err(error)
    };
    let begun = Instant::now();
    let mut killed = false;
    while !left.is_empty() {
        match termination {
            Termination::NoWait => {
                return give_up(failed(
                    SqlError::new(
                        5070,
                        format!(
                            "Database state cannot be changed while other users are using the database '{name}'"
                        ),
                    )
                    .state(2),
                ));
            }
            Termination::RollBackAfter(patience) if !killed && begun.elapsed() >= *patience => {
                killed = true;
                tell(ctx, sink, 0)?;
                for spid in &left {
                    server.kill(*spid);
                }
            }
            _ => {}
        }
        if session.cancel.is_set() || session.is_killed() {
            return give_up(SqlError::new(0, "").kind(ErrorKind::Cancelled));
        }
        std::thread::sleep(Duration::from_millis(1));
        left = leaving(server.sessions_in(id, session.spid));
    }
    if killed {
        tell(ctx, sink, 100)?;
    }
    Ok(())
}

/// 5060.
fn tell(ctx: &ExecContext<'_>, sink: &mut dyn ResultSink, percent: u32) -> Result<()> {
    let message = SqlError::new(
        5060,
        format!("Nonqualified transactions are being rolled back. Estimated rollback completion: {percent}%."),
    )
    .class(0);
    sink.message(&crate::engine::messages::locate(ctx.frame, message))
}
