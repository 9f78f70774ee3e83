//! Taking the database from everybody, restoring it, giving it back: the statements, and what may come between them.

use super::{Choice, Target};
use crate::connect::{Connection, Failure, RowExt};
use crate::engine::{Holder, Stop};
use crate::tsql::{Fragment, Identifier, IdentifierError, Sql, Statement, embedded};

const SAVE_TAIL: Statement = embedded!("restore/save_tail.sql");
const RESTORE: Statement = embedded!("restore/restore_database.sql");
const TAKE_OVER_AND_RESTORE: Statement = embedded!("restore/take_over_and_restore.sql");
const GIVE_BACK: Statement = embedded!("restore/give_back.sql");
const RESUME_ASYNC: Statement = embedded!("restore/resume_async_statistics.sql");
const LOCK: Statement = embedded!("restore/acquire_restore_lock.sql");
const SESSIONS: Statement = embedded!("restore/select_sessions.sql");
const LIFT_FENCE: Statement = embedded!("state/lift_fence.sql");

/// What is sent, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// Takes the database over and saves its tail; None: it has none, or it was saved before.
    pub tail: Option<Sql>,
    pub restore: Sql,
    pub give_back: Sql,
}

/// How the database is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken<'a> {
    /// With the tail of its log, saved to this file under this description.
    WithTail { file: &'a str, description: &'a str },
    /// Without: recovery model SIMPLE.
    WithoutTail,
    /// Before: it is in the state RESTORING.
    Before,
}

impl Statements {
    /// # Errors
    /// A name that cannot be one.
    pub fn of(target: &Target, choice: &Choice, taken: Taken<'_>) -> Result<Self, IdentifierError> {
        let name = Identifier::new(target.database.as_str())?;
        let database = || ("Database", Fragment::identifier(&name));
        let source = [
            database(),
            ("Backup", Fragment::literal(&choice.device)),
            ("Position", Fragment::number(choice.position)),
        ];
        let tail = match taken {
            Taken::WithTail { file, description } => Some(SAVE_TAIL.with(&[
                database(),
                ("Tail", Fragment::literal(file)),
                ("Description", Fragment::literal(description)),
            ])),
            Taken::WithoutTail | Taken::Before => None,
        };
        Ok(Self {
            tail,
            restore: match taken {
                Taken::WithoutTail => TAKE_OVER_AND_RESTORE.with(&source),
                Taken::WithTail { .. } | Taken::Before => RESTORE.with(&source),
            },
            give_back: give_back(&name),
        })
    }
}

/// The statement that lets everybody in again.
pub fn give_back(database: &Identifier) -> Sql {
    GIVE_BACK.with(&[("Database", Fragment::identifier(database))])
}

/// The statement that takes back what the takeover did to the updating of statistics.
pub fn resume_async_statistics(database: &Identifier) -> Sql {
    RESUME_ASYNC.with(&[("Database", Fragment::identifier(database))])
}

/// Somebody else had the only seat: 924, 3101, 5064; or the takeover met another one: 1205, 1222, 5061.
pub fn is_seat_taken(failure: &Failure) -> bool {
    matches!(
        failure.number(),
        Some(924 | 1205 | 1222 | 3101 | 5061 | 5064)
    )
}

/// Takes the lock of restores in master, for as long as the connection lives.
///
/// # Errors
/// `Stop::Locked` when another restore of the database is under way.
pub async fn acquire_lock(master: &mut Connection, database: &str) -> Result<(), Stop> {
    let result = master
        .row(&LOCK.sql(), &[&database])
        .await?
        .integer("LockResult")?;
    match result {
        0 | 1 => Ok(()),
        -1 => Err(Stop::Locked(Box::new(Holder::unknown(&format!(
            "hartonomous.restore.{database}"
        ))))),
        other => Err(Stop::Failure(Failure::Protocol {
            statement: LOCK.path.to_owned(),
            cause: format!("sp_getapplock returned {other}"),
        })),
    }
}

/// Who is in the database, one line each.
///
/// # Errors
/// A failed statement, a permission that is missing.
pub async fn sessions_in(master: &mut Connection, database: &str) -> Result<Vec<String>, Failure> {
    let rows = master.rows(&SESSIONS.sql(), &[&database]).await?;
    rows.iter()
        .map(|row| {
            Ok(format!(
                "session {}, login {}, host {}, program {}",
                row.integer("SessionId")?,
                row.text("LoginName")?,
                row.text("HostName")?,
                row.text("ProgramName")?
            ))
        })
        .collect()
}

/// Raises the fence of a restored database past every number of a run that it does not know.
///
/// # Errors
/// A failed statement.
pub async fn lift_fence(connection: &mut Connection) -> Result<(), Failure> {
    connection.rows(&LIFT_FENCE.sql(), &[]).await.map(drop)
}
