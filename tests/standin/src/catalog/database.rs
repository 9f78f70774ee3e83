//! A database and what it has besides objects: options, files, principals, schemas.

use super::model::{DatabaseId, SchemaId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryModel {
    Full,
    BulkLogged,
    Simple,
}

impl RecoveryModel {
    /// recovery_model and recovery_model_desc of sys.databases.
    pub fn description(self) -> (u8, &'static str) {
        match self {
            Self::Full => (1, "FULL"),
            Self::BulkLogged => (2, "BULK_LOGGED"),
            Self::Simple => (3, "SIMPLE"),
        }
    }
}

/// sys.databases.state, those that are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseState {
    Online,
    /// A restore has begun and is not recovered, or the tail of the log was backed up with NORECOVERY.
    Restoring,
    Offline,
}

impl DatabaseState {
    /// state and state_desc of sys.databases.
    pub fn description(self) -> (u8, &'static str) {
        match self {
            Self::Online => (0, "ONLINE"),
            Self::Restoring => (1, "RESTORING"),
            Self::Offline => (6, "OFFLINE"),
        }
    }
}

/// sys.databases.user_access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserAccess {
    Multi,
    Single,
    Restricted,
}

impl UserAccess {
    /// user_access and user_access_desc of sys.databases.
    pub fn description(self) -> (u8, &'static str) {
        match self {
            Self::Multi => (0, "MULTI_USER"),
            Self::Single => (1, "SINGLE_USER"),
            Self::Restricted => (2, "RESTRICTED_USER"),
        }
    }
}

/// Which database this is, and which of its histories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identities {
    /// New with every restore.
    pub database: [u8; 16],
    /// That of the database as it was created; a restore keeps it.
    pub family: [u8; 16],
    /// New whenever a restore is recovered.
    pub fork: [u8; 16],
    pub first_fork: [u8; 16],
}

/// A value that no other call gives, in this process or another.
pub fn unique_id() -> [u8; 16] {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_nanos());
    let mut id = [0_u8; 16];
    id[..4].copy_from_slice(&number.to_le_bytes());
    id[4..8].copy_from_slice(&std::process::id().to_le_bytes());
    id[8..].copy_from_slice(&nanos.to_le_bytes()[..8]);
    id
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFile {
    pub file_id: i32,
    /// 0 rows, 1 log, 2 filestream (memory-optimised containers).
    pub kind: u8,
    pub name: String,
    pub physical_name: String,
    /// Filegroup name; empty for a log file.
    pub filegroup: String,
    /// Pages of 8 KB.
    pub size: i64,
    /// Pages; -1 unlimited.
    pub max_size: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    SqlUser,
    DatabaseRole,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub principal_id: i32,
    pub name: String,
    pub kind: PrincipalKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub schema_id: SchemaId,
    pub name: String,
    pub principal_id: i32,
}

#[derive(Debug, Clone)]
pub struct Database {
    pub id: DatabaseId,
    pub name: String,
    pub compatibility_level: u8,
    pub collation: String,
    pub recovery_model: RecoveryModel,
    pub read_committed_snapshot: bool,
    pub snapshot_isolation: bool,
    pub accelerated_recovery: bool,
    pub optimized_locking: bool,
    pub read_only: bool,
    pub quoted_identifier: bool,
    pub ansi_nulls: bool,
    pub recursive_triggers: bool,
    pub memory_optimized_elevate_to_snapshot: bool,
    /// Name of the filegroup for memory-optimised data, if there is one; its containers are among the files.
    pub memory_optimized_filegroup: Option<String>,
    pub query_store: bool,
    pub auto_update_statistics_async: bool,
    pub state: DatabaseState,
    pub user_access: UserAccess,
    /// ALTER DATABASE waits for sessions to leave: nobody enters (952).
    pub in_transition: bool,
    pub identities: Identities,
    /// Where the next log backup begins; None: there is no chain of log backups (4214).
    pub log_chain: Option<i64>,
    /// While it is restored: the log sequence number up to which it is.
    pub restored_to: Option<i64>,
    /// DateTime2 ticks.
    pub created: i64,
    pub files: Vec<DatabaseFile>,
    pub principals: Vec<Principal>,
}

impl Database {
    /// Containers of memory-optimised data, by file id.
    pub fn containers(&self) -> impl Iterator<Item = &DatabaseFile> {
        self.files.iter().filter(|file| file.kind == 2)
    }

    pub fn new(id: DatabaseId, name: &str, created: i64) -> Self {
        let principal = |principal_id, name: &str, kind| Principal {
            principal_id,
            name: name.to_owned(),
            kind,
        };
        Self {
            id,
            name: name.to_owned(),
            compatibility_level: 170,
            collation: "SQL_Latin1_General_CP1_CI_AS".to_owned(),
            recovery_model: if id <= 4 && id != super::MODEL {
                RecoveryModel::Simple
            } else {
                RecoveryModel::Full
            },
            read_committed_snapshot: false,
            snapshot_isolation: matches!(id, super::MASTER | super::MSDB),
            accelerated_recovery: false,
            optimized_locking: false,
            read_only: false,
            quoted_identifier: false,
            ansi_nulls: false,
            recursive_triggers: false,
            memory_optimized_elevate_to_snapshot: false,
            memory_optimized_filegroup: None,
            query_store: id > 4,
            auto_update_statistics_async: false,
            state: DatabaseState::Online,
            user_access: UserAccess::Multi,
            in_transition: false,
            identities: {
                let id = unique_id();
                Identities {
                    database: id,
                    family: id,
                    fork: id,
                    first_fork: id,
                }
            },
            log_chain: None,
            restored_to: None,
            created,
            files: vec![
                file(
                    1,
                    0,
                    name,
                    &format!("/var/opt/mssql/data/{name}.mdf"),
                    "PRIMARY",
                ),
                file(
                    2,
                    1,
                    &format!("{name}_log"),
                    &format!("/var/opt/mssql/data/{name}_log.ldf"),
                    "",
                ),
            ],
            principals: vec![
                principal(0, "public", PrincipalKind::DatabaseRole),
                principal(1, "dbo", PrincipalKind::SqlUser),
                principal(2, "guest", PrincipalKind::SqlUser),
                principal(3, "INFORMATION_SCHEMA", PrincipalKind::SqlUser),
                principal(4, "sys", PrincipalKind::SqlUser),
            ],
        }
    }
}

fn file(file_id: i32, kind: u8, name: &str, physical: &str, filegroup: &str) -> DatabaseFile {
    DatabaseFile {
        file_id,
        kind,
        name: name.to_owned(),
        physical_name: physical.to_owned(),
        filegroup: filegroup.to_owned(),
        size: 1024,
        max_size: if kind == 1 { 268_435_456 } else { -1 },
    }
}
