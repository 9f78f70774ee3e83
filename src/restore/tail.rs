//! The tail of the log, and what msdb says of tails and restores: how far a run came that was killed.

use chrono::NaiveDateTime;

use crate::connect::{Connection, Failure, RowExt};
use crate::tsql::{Statement, embedded};

const TAIL: Statement = embedded!("restore/select_tail.sql");
const RESTORE: Statement = embedded!("restore/select_restore.sql");

/// Begins the description of a tail that this command saved; the number of the backup set to restore follows.
const MARK: &str = "hartonomous rollback phase3 --from-backup, backup set ";

/// A log backup that took the database out of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    pub device: String,
    pub position: i64,
    /// The server's local time.
    pub finished: Option<NaiveDateTime>,
    pub description: String,
    /// No other backup of the database came after it.
    pub newest: bool,
}

/// The newest restore of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRestore {
    pub id: i64,
    /// The server's local time.
    pub at: Option<NaiveDateTime>,
}

/// The description under which a tail is saved.
pub fn describe(set: Option<i64>) -> String {
    format!("{MARK}{}", set.unwrap_or(0))
}

/// The backup set that the run which saved the tail was to restore; None: another program saved it, or the set is not in msdb.
pub fn set_of(tail: &Tail) -> Option<i64> {
    let number: i64 = tail.description.strip_prefix(MARK)?.trim().parse().ok()?;
    (number > 0).then_some(number)
}

impl Tail {
    /// Did this command save it?
    pub fn is_ours(&self) -> bool {
        self.description.starts_with(MARK)
    }
}

/// The newest tail of a database.
///
/// # Errors
/// A failed statement.
pub async fn newest_tail(master: &mut Connection, database: &str) -> Result<Option<Tail>, Failure> {
    let rows = master.rows(&TAIL.sql(), &[&database]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(Tail {
        device: row.text("Device")?,
        position: row.integer("Position")?,
        finished: row.opt("FinishedAt")?,
        description: row.text("Description")?,
        newest: row.integer("IsNewest")? == 1,
    }))
}

/// The newest restore of a database.
///
/// # Errors
/// A failed statement.
pub async fn last_restore(
    master: &mut Connection,
    database: &str,
) -> Result<Option<LastRestore>, Failure> {
    let rows = master.rows(&RESTORE.sql(), &[&database]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(LastRestore {
        id: row.integer("RestoreId")?,
        at: row.opt("RestoredAt")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_says_which_backup_was_to_be_restored() {
        let tail = |description: String| Tail {
            device: "t.trn".to_owned(),
            position: 1,
            finished: None,
            description,
            newest: true,
        };
        assert_eq!(set_of(&tail(describe(Some(17)))), Some(17));
        assert_eq!(set_of(&tail(describe(None))), None);
        assert!(tail(describe(None)).is_ours());
        assert!(!tail("nightly".to_owned()).is_ours());
        // A description holds 255 characters.
        assert!(describe(Some(i64::MAX)).len() < 255);
    }
}
