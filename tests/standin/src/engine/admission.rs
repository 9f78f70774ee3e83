//! Who may be in a database, and who has to leave it: states, single and restricted use, transitions.

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::catalog::model::DatabaseId;
use crate::catalog::{Database, DatabaseState, UserAccess};
use crate::error::{Result, SqlError};

use super::server::{Server, SessionInfo};
use super::session::Session;

/// 927 and 942: the database is not online.
pub(crate) fn require_online(database: &Database) -> Result<()> {
    let name = &database.name;
    let error = match database.state {
        DatabaseState::Online => return Ok(()),
        DatabaseState::Restoring => SqlError::new(
            927,
            format!("Database '{name}' cannot be opened. It is in the middle of a restore."),
        )
        .state(2),
        DatabaseState::Offline => SqlError::new(
            942,
            format!("Database '{name}' cannot be opened because it is offline."),
        )
        .state(4),
    };
    Err(error.class(14))
}

/// 924: somebody else has the only seat.
pub(crate) fn single_user(name: &str) -> SqlError {
    SqlError::new(
        924,
        format!("Database '{name}' is already open and can only have one user at a time."),
    )
    .class(14)
}

impl Server {
    /// May the session `spid` be in the database? `owner`: its login is in sysadmin, dbcreator or db_owner.
    fn admits(
        sessions: &HashMap<u16, SessionInfo>,
        database: &Database,
        spid: u16,
        owner: bool,
    ) -> Result<()> {
        require_online(database)?;
        if database.in_transition {
            return Err(SqlError::new(
                952,
                format!(
                    "Database '{}' is in transition. Try the statement later.",
                    database.name
                ),
            ));
        }
        match database.user_access {
            UserAccess::Multi => Ok(()),
            UserAccess::Restricted if owner => Ok(()),
            UserAccess::Restricted => Err(SqlError::new(
                923,
                format!(
                    "Database '{}' is in restricted mode. Only the database owner and members of the dbcreator and sysadmin roles can access it.",
                    database.name
                ),
            )
            .class(14)),
            UserAccess::Single if others(sessions, database.id, spid).is_empty() => Ok(()),
            UserAccess::Single => Err(single_user(&database.name)),
        }
    }

    /// The same, for a statement that names the database without entering it.
    pub(crate) fn require_access(&self, session: &Session, database: &Database) -> Result<()> {
        if database.id == session.database {
            return Ok(());
        }
        let owner = self.owns(&session.login.user, session.sysadmin, database.id);
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        Self::admits(&sessions, database, session.spid, owner)
    }

    /// Moves a session into another database.
    pub(crate) fn enter(&self, spid: u16, id: DatabaseId, owner: bool) -> Result<()> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the latch: whoever changes the database's access takes it too.
        if let Some(database) = self.catalog.database(id) {
            Self::admits(&sessions, &database, spid, owner)?;
        }
        if let Some(info) = sessions.get_mut(&spid) {
            info.database = id;
        }
        Ok(())
    }

    /// A new session in a database; its number.
    pub(crate) fn admit(
        &self,
        id: DatabaseId,
        owner: bool,
        new: impl FnOnce(u16) -> SessionInfo,
    ) -> Result<u16> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = self.catalog.database(id) {
            Self::admits(&sessions, &database, 0, owner)?;
        }
        let spid = (51..u16::MAX)
            .find(|spid| !sessions.contains_key(spid))
            .unwrap_or(u16::MAX);
        sessions.insert(spid, new(spid));
        Ok(spid)
    }

    /// Changes a database while nobody enters or leaves any; the sessions in it, apart from `spid`.
    pub(crate) fn change_access(
        &self,
        id: DatabaseId,
        spid: u16,
        change: impl FnOnce(&mut Database),
    ) -> Vec<u16> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        self.catalog.alter_database(id, change);
        others(&sessions, id, spid)
    }

    /// Sessions in the database, apart from `spid`.
    pub(crate) fn sessions_in(&self, id: DatabaseId, spid: u16) -> Vec<u16> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        others(&sessions, id, spid)
    }

    /// Is the login in sysadmin or dbcreator, or the owner of the database?
    pub(crate) fn owns(&self, login: &str, sysadmin: bool, database: DatabaseId) -> bool {
        if sysadmin || self.is_creator(login) {
            return true;
        }
        self.state.database(database, |security| {
            security
                .principals
                .iter()
                .find(|p| {
                    p.login
                        .as_deref()
                        .is_some_and(|l| l.eq_ignore_ascii_case(login))
                })
                .is_some_and(|user| user.id == 1 || security.closure(user.id).contains(&16384))
        })
    }

    /// Is the login in sysadmin?
    pub(crate) fn is_sysadmin(&self, login: &str) -> bool {
        let configured = self.config.logins.iter();
        let known = configured
            .filter(|known| known.name.eq_ignore_ascii_case(login))
            .any(|known| known.sysadmin);
        known
            || self.state.lock().logins.iter().any(|known| {
                known.name.eq_ignore_ascii_case(login)
                    && known.roles.iter().any(|r| r == "sysadmin")
            })
    }

    /// Is the login in dbcreator?
    pub(crate) fn is_creator(&self, login: &str) -> bool {
        self.state.lock().logins.iter().any(|known| {
            known.name.eq_ignore_ascii_case(login) && known.roles.iter().any(|r| r == "dbcreator")
        })
    }
}

fn others(sessions: &HashMap<u16, SessionInfo>, id: DatabaseId, spid: u16) -> Vec<u16> {
    sessions
        .values()
        .filter(|info| info.database == id && info.spid != spid)
        .map(|info| info.spid)
        .collect()
}
