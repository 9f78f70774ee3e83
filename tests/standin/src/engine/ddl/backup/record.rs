//! What msdb keeps of backups and restores.

use crate::catalog::Identities;
use crate::catalog::model::DatabaseId;

/// A finished backup.
#[derive(Debug, Clone)]
pub struct BackupRecord {
    pub id: i32,
    pub media_set_id: i32,
    pub position: i32,
    /// Of the backup set; by it a file and what was kept find each other.
    pub uuid: [u8; 16],
    pub media_uuid: [u8; 16],
    pub database: String,
    pub database_id: DatabaseId,
    pub identities: Identities,
    pub database_created: i64,
    pub log: bool,
    pub copy_only: bool,
    pub checksum: bool,
    pub compressed: bool,
    /// BACKUP LOG WITH NORECOVERY: the database went into the restoring state.
    pub tail: bool,
    pub single_user: bool,
    pub begins_log_chain: bool,
    pub rows: usize,
    pub started: i64,
    pub finished: i64,
    pub size: i64,
    pub device: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub user: String,
    pub recovery_model: String,
    pub compatibility_level: i32,
    pub first_lsn: i64,
    pub last_lsn: i64,
    pub checkpoint_lsn: i64,
    pub database_backup_lsn: i64,
}

impl BackupRecord {
    /// To NUL: recorded, and kept nowhere.
    pub fn is_discarded(&self) -> bool {
        super::is_null_device(&self.device)
    }

    /// The fork of the first log record in it; data backups have one only.
    pub fn first_fork(&self) -> [u8; 16] {
        if self.log {
            self.identities.first_fork
        } else {
            self.identities.fork
        }
    }

    /// Where one fork became the other, if it holds both.
    pub fn fork_point(&self) -> Option<i64> {
        (self.first_fork() != self.identities.fork).then_some(self.first_lsn)
    }

    /// BackupType and BackupTypeDescription of RESTORE HEADERONLY.
    pub fn description_of_type(&self) -> (i32, &'static str) {
        if self.log {
            (2, "Transaction Log")
        } else {
            (1, "Database")
        }
    }

    /// Flags of RESTORE HEADERONLY and of msdb.dbo.backupset.
    pub fn flags(&self) -> i32 {
        let mut flags = 512;
        for (on, bit) in [
            (self.single_user, 8),
            (self.checksum, 16),
            (self.tail, 64 | 256),
        ] {
            if on {
                flags |= bit;
            }
        }
        flags
    }
}

/// A finished restore.
#[derive(Debug, Clone)]
pub struct RestoreRecord {
    pub at: i64,
    pub database: String,
    pub user: String,
    pub backup_set_id: i32,
    pub log: bool,
    pub replace: bool,
    pub recovery: bool,
}
