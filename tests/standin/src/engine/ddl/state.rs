//! What the server remembers besides tables and modules: logins, users, roles, permissions, scoped configurations and
//! the history of backups.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::catalog::model::DatabaseId;

use super::backup::{BackupRecord, DatabaseImage, RestoreRecord};

/// A login made by CREATE LOGIN or by the server's configuration.
#[derive(Debug, Clone)]
pub struct LoginRecord {
    pub principal_id: i32,
    pub name: String,
    pub password: String,
    pub disabled: bool,
    pub default_database: String,
    /// Fixed server roles, lower case.
    pub roles: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    User,
    Role,
}

/// A database user or role.
#[derive(Debug, Clone)]
pub struct Principal {
    pub id: i32,
    pub name: String,
    pub kind: PrincipalKind,
    pub login: Option<String>,
    pub fixed: bool,
    pub default_schema: Option<String>,
}

/// What a permission is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Securable {
    Server,
    Database,
    Object(i32),
    Schema(i32),
}

/// One GRANT or DENY.
#[derive(Debug, Clone)]
pub struct PermissionRecord {
    pub securable: Securable,
    /// Upper case.
    pub permission: String,
    /// Principal of the database, or the login's number for `Securable::Server`.
    pub grantee: i32,
    pub deny: bool,
}

#[derive(Debug, Clone, Default)]
pub struct DatabaseSecurity {
    pub principals: Vec<Principal>,
    /// Role, member.
    pub members: Vec<(i32, i32)>,
    pub permissions: Vec<PermissionRecord>,
    /// ALTER DATABASE SCOPED CONFIGURATION: upper-case name to value.
    pub scoped: HashMap<String, String>,
}

#[derive(Debug, Default)]
pub struct StateData {
    pub logins: Vec<LoginRecord>,
    pub server_permissions: Vec<PermissionRecord>,
    pub databases: HashMap<DatabaseId, DatabaseSecurity>,
    pub backups: Vec<BackupRecord>,
    pub restores: Vec<RestoreRecord>,
    /// What backups that can still be restored have kept, by the number of the set.
    pub images: HashMap<[u8; 16], Arc<DatabaseImage>>,
    last_lsn: i64,
}

/// Shared by all sessions.
#[derive(Debug, Default)]
pub struct ServerState(Mutex<StateData>);

/// Fixed roles of every database with SQL Server's numbers.
const FIXED_ROLES: [(i32, &str); 10] = [
    (0, "public"),
    (16384, "db_owner"),
    (16385, "db_accessadmin"),
    (16386, "db_securityadmin"),
    (16387, "db_ddladmin"),
    (16389, "db_backupoperator"),
    (16390, "db_datareader"),
    (16391, "db_datawriter"),
    (16392, "db_denydatareader"),
    (16393, "db_denydatawriter"),
];

impl DatabaseSecurity {
    /// dbo, guest, INFORMATION_SCHEMA, sys and the fixed roles.
    pub fn fresh() -> Self {
        let user = |id, name: &str, login: Option<&str>, schema: Option<&str>| Principal {
            id,
            name: name.to_owned(),
            kind: PrincipalKind::User,
            login: login.map(str::to_owned),
            fixed: false,
            default_schema: schema.map(str::to_owned),
        };
        let mut principals = vec![
            user(1, "dbo", Some("sa"), Some("dbo")),
            user(2, "guest", None, Some("guest")),
            user(3, "INFORMATION_SCHEMA", None, None),
            user(4, "sys", None, None),
        ];
        principals.extend(FIXED_ROLES.iter().map(|(id, name)| Principal {
            id: *id,
            name: (*name).to_owned(),
            kind: PrincipalKind::Role,
            login: None,
            fixed: *id != 0,
            default_schema: None,
        }));
        Self {
            principals,
            ..Self::default()
        }
    }

    pub fn principal(&self, name: &str) -> Option<&Principal> {
        self.principals
            .iter()
            .find(|p| p.name.eq_ignore_ascii_case(name))
    }

    pub fn next_principal_id(&self) -> i32 {
        self.principals
            .iter()
            .map(|p| p.id)
            .filter(|id| *id < 16384)
            .max()
            .unwrap_or(4)
            + 1
    }

    /// The principal and every role that it is in, directly or not, and public.
    pub fn closure(&self, principal: i32) -> Vec<i32> {
        let mut reached = vec![principal, 0];
        let mut at = 0;
        while at < reached.len() {
            for (role, member) in &self.members {
                if *member == reached[at] && !reached.contains(role) {
                    reached.push(*role);
                }
            }
            at += 1;
        }
        reached
    }
}

impl ServerState {
    pub fn lock(&self) -> MutexGuard<'_, StateData> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn backups(&self) -> Vec<BackupRecord> {
        self.lock().backups.clone()
    }

    /// A log sequence number later than all before it.
    pub fn next_lsn(&self) -> i64 {
        let mut data = self.lock();
        data.last_lsn = super::now_ticks().max(data.last_lsn + 1);
        data.last_lsn
    }

    /// Security of a database, made when it is first asked for.
    pub fn database<T>(&self, id: DatabaseId, read: impl FnOnce(&mut DatabaseSecurity) -> T) -> T {
        let mut data = self.lock();
        read(
            data.databases
                .entry(id)
                .or_insert_with(DatabaseSecurity::fresh),
        )
    }

    /// A login that CREATE LOGIN made, if its password is right and it is not disabled.
    pub fn authenticate(&self, name: &str, password: &str) -> Option<LoginRecord> {
        self.lock()
            .logins
            .iter()
            .find(|l| l.name.eq_ignore_ascii_case(name) && l.password == password && !l.disabled)
            .cloned()
    }
}
