//! The database that is to be restored, as it is seen from master.

use crate::connect::{Connection, Failure, RowExt};
use crate::engine::Stop;
use crate::tsql::{Statement, embedded};

const SELECT: Statement = embedded!("restore/select_target.sql");

/// Can the database be used, and by how many?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Open,
    /// One connection only: somebody's maintenance, or a run that was killed before it took the database out of use.
    SingleUser,
    /// Out of use until a restore is recovered.
    Restoring,
    /// Anything else: offline, suspect, recovering.
    Closed,
}

/// What master knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub database: String,
    pub state: String,
    pub user_access: String,
    pub recovery_model: String,
    pub statistics_async: bool,
    pub in_group: bool,
    pub snapshots: i64,
    pub published: bool,
    pub file_bytes: i64,
    /// Minutes that the server's local time is ahead of UTC.
    pub utc_offset: i64,
    pub may_restore: bool,
}

impl Target {
    /// None: there is no database of that name.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn read(master: &mut Connection, database: &str) -> Result<Option<Self>, Failure> {
        let rows = master.rows(&SELECT.sql(), &[&database]).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let yes = |name: &str| -> Result<bool, Failure> { Ok(row.integer(name)? != 0) };
        Ok(Some(Self {
            database: database.to_owned(),
            state: row.text("State")?,
            user_access: row.text("UserAccess")?,
            recovery_model: row.text("RecoveryModel")?,
            statistics_async: yes("IsStatisticsAsync")?,
            in_group: yes("IsInGroup")?,
            snapshots: row.integer("Snapshots")?,
            published: yes("IsPublished")?,
            file_bytes: row.opt_integer("FileBytes")?.unwrap_or(0),
            utc_offset: row.integer("UtcOffsetMinutes")?,
            may_restore: yes("IsSysadmin")? || yes("IsCreator")? || yes("IsOwner")?,
        }))
    }

    pub fn access(&self) -> Access {
        match (self.state.as_str(), self.user_access.as_str()) {
            ("RESTORING", _) => Access::Restoring,
            ("ONLINE", "SINGLE_USER") => Access::SingleUser,
            ("ONLINE", _) => Access::Open,
            _ => Access::Closed,
        }
    }

    /// Recovery model SIMPLE: there is no log to save.
    pub fn has_log_backups(&self) -> bool {
        self.recovery_model != "SIMPLE"
    }

    /// What makes a restore impossible or unwise, each by its name.
    ///
    /// # Errors
    /// `Stop::Refused`; a permission that is missing.
    pub fn require_restorable(&self) -> Result<(), Stop> {
        let refused = |cause: String, next: &str| {
            Err(Stop::Refused {
                what: format!("the restore of {}", self.database),
                cause,
                next: next.to_owned(),
            })
        };
        if self.in_group {
            return refused(
                "it belongs to an availability group, and a database in one cannot be restored"
                    .to_owned(),
                "take it out of the group on the primary (ALTER AVAILABILITY GROUP ... REMOVE DATABASE ...), and put it back afterwards",
            );
        }
        if self.snapshots > 0 {
            return refused(
                format!("{} database snapshots of it exist", self.snapshots),
                "drop them first, or restore one of them",
            );
        }
        if self.published {
            return refused(
                "it takes part in replication, which a restore to another time would break"
                    .to_owned(),
                "remove the publications and subscriptions first",
            );
        }
        if self.access() == Access::Closed {
            return refused(
                format!("it is {}", self.state),
                "bring it online first, or see the server's error log",
            );
        }
        if !self.may_restore {
            return Err(Stop::Failure(Failure::Permission {
                number: 3110,
                message: format!(
                    "the login may not restore database '{}': that takes sysadmin, dbcreator or the database's owner",
                    self.database
                ),
                statement: SELECT.path.to_owned(),
            }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            database: "d".to_owned(),
            state: "ONLINE".to_owned(),
            user_access: "MULTI_USER".to_owned(),
            recovery_model: "FULL".to_owned(),
            statistics_async: false,
            in_group: false,
            snapshots: 0,
            published: false,
            file_bytes: 0,
            utc_offset: 0,
            may_restore: true,
        }
    }

    #[test]
    fn what_stands_in_the_way_of_a_restore_is_named() {
        target().require_restorable().unwrap();
        let told = |target: Target| target.require_restorable().unwrap_err().to_string();
        assert!(
            told(Target {
                in_group: true,
                ..target()
            })
            .contains("availability group")
        );
        assert!(
            told(Target {
                snapshots: 2,
                ..target()
            })
            .contains("2 database snapshots")
        );
        assert!(
            told(Target {
                published: true,
                ..target()
            })
            .contains("replication")
        );
        assert!(
            told(Target {
                state: "SUSPECT".to_owned(),
                ..target()
            })
            .contains("SUSPECT")
        );
        let stop = Target {
            may_restore: false,
            ..target()
        }
        .require_restorable()
        .unwrap_err();
        assert_eq!(stop.exit() as u8, 3);
    }
}
