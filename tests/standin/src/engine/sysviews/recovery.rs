//! sys.database_recovery_status.

use crate::engine::Session;
use crate::error::Result;
use crate::types::Value;

use super::snapshot::int;
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[CatalogView {
    name: "sys.database_recovery_status",
    spec: "database_id int!, database_guid uniqueidentifier, family_guid uniqueidentifier, last_log_backup_lsn numeric(25,0), \
        recovery_fork_guid uniqueidentifier, first_recovery_fork_guid uniqueidentifier, fork_point_lsn numeric(25,0)",
    fill: recovery_status,
}];

/// A database's own number, which is also that of its only recovery fork: nothing is ever restored over it.
pub fn database_guid(database: i32) -> [u8; 16] {
    let mut guid = [0x5a_u8; 16];
    guid[..4].copy_from_slice(&database.to_le_bytes());
    guid
}

fn recovery_status(session: &Session, rows: &mut Rows) -> Result<()> {
    let backups = session.server.state.backups();
    for database in session.server.catalog.databases() {
        let guid = || Value::UniqueIdentifier(Box::new(database_guid(database.id)));
        let full = backups
            .iter()
            .any(|b| b.database_id == database.id && !b.log && !b.copy_only);
        let log_starts = backups
            .iter()
            .filter(|b| b.database_id == database.id && b.log)
            .map(|b| b.last_lsn)
            .max()
            .or_else(|| {
                let of_database = backups.iter().filter(|b| b.database_id == database.id);
                full.then(|| of_database.map(|b| b.last_lsn).max())
                    .flatten()
            });
        rows.push([
            ("database_id", int(database.id)),
            ("database_guid", guid()),
            ("family_guid", guid()),
            (
                "last_log_backup_lsn",
                log_starts.map_or(Value::Null, |n| Value::decimal(i128::from(n), 25, 0)),
            ),
            ("recovery_fork_guid", guid()),
        ]);
    }
    Ok(())
}
