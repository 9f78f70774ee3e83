//! msdb.dbo.backupset and its companions: what BACKUP has recorded. Looked up with schema `msdb.dbo`'s names.

use crate::engine::Session;
use crate::engine::ddl::BackupRecord;
use crate::error::Result;
use crate::types::Value;

use super::snapshot::{bit, datetime_of_ticks, int, numeric, text};
use super::{CatalogView, Rows, SystemView};

const MSDB: &[CatalogView] = &[
    CatalogView {
        name: "dbo.backupset",
        spec: "backup_set_id int!, backup_set_uuid uniqueidentifier!, media_set_id int!, first_family_number tinyint=1, \
            first_media_number smallint=1, last_family_number tinyint=1, last_media_number smallint=1, \
            catalog_family_number tinyint=1, catalog_media_number smallint=1, position int=1, expiration_date datetime, \
            software_vendor_id int=4608, name nvarchar(128), description nvarchar(255), user_name nvarchar(128), \
            software_major_version tinyint=17, software_minor_version tinyint=0, software_build_version smallint=4065, \
            time_zone smallint=0, mtf_minor_version tinyint=0, first_lsn numeric(25,0), last_lsn numeric(25,0), \
            checkpoint_lsn numeric(25,0), database_backup_lsn numeric(25,0), database_creation_date datetime, \
            backup_start_date datetime, backup_finish_date datetime, type char(1), sort_order smallint=52, code_page smallint=0, \
            compatibility_level tinyint=170, database_version int=998, backup_size numeric(20,0), database_name nvarchar(128), \
            server_name nvarchar(128), machine_name nvarchar(128), flags int=0, unicode_locale int=1033, \
            unicode_compare_style int=196609, collation_name nvarchar(128)=SQL_Latin1_General_CP1_CI_AS, \
            is_password_protected bit=0, recovery_model nvarchar(60), has_bulk_logged_data bit=0, is_snapshot bit=0, \
            is_readonly bit=0, is_single_user bit=0, has_backup_checksums bit=0, is_damaged bit=0, begins_log_chain bit=0, \
            has_incomplete_metadata bit=0, is_force_offline bit=0, is_copy_only bit=0, first_recovery_fork_guid uniqueidentifier, \
            last_recovery_fork_guid uniqueidentifier, fork_point_lsn numeric(25,0), database_guid uniqueidentifier, \
            family_guid uniqueidentifier, differential_base_lsn numeric(25,0), differential_base_guid uniqueidentifier, \
            compressed_backup_size numeric(20,0), key_algorithm nvarchar(32), encryptor_thumbprint varbinary(20), \
            encryptor_type nvarchar(32), last_valid_restore_time datetime, compression_algorithm nvarchar(32)",
        fill: backupset,
    },
    CatalogView {
        name: "dbo.backupmediafamily",
        spec: "media_set_id int!, family_sequence_number tinyint!=1, media_family_id uniqueidentifier, media_count int=1, \
            logical_device_name nvarchar(128), physical_device_name nvarchar(260), device_type tinyint=2, \
            physical_block_size int=512, mirror tinyint!=0",
        fill: backupmediafamily,
    },
    CatalogView {
        name: "dbo.backupmediaset",
        spec: "media_set_id int!, media_uuid uniqueidentifier, media_family_count tinyint=1, name nvarchar(128), \
            description nvarchar(255), software_name nvarchar(128)=Microsoft SQL Server, software_vendor_id int=4608, \
            MTF_major_version tinyint=1, mirror_count tinyint=1, is_password_protected bit=0, is_compressed bit=0, is_encrypted bit=0",
        fill: backupmediaset,
    },
    CatalogView {
        name: "dbo.restorehistory",
        spec: "restore_history_id int!, restore_date datetime, destination_database_name nvarchar(128), user_name nvarchar(128), \
            backup_set_id int!, restore_type char(1), replace bit, recovery bit, restart bit, stop_at datetime, device_count tinyint, \
            stop_at_mark_name nvarchar(128), stop_before bit",
        fill: restorehistory,
    },
];

/// A table of msdb that BACKUP fills.
pub fn lookup_msdb(schema: &str, name: &str) -> Option<&'static dyn SystemView> {
    MSDB.iter()
        .find(|view| {
            view.name.split_once('.').is_some_and(|(s, n)| {
                s.eq_ignore_ascii_case(schema) && n.eq_ignore_ascii_case(name)
            })
        })
        .map(|view| view as &'static dyn SystemView)
}

/// The object id of a table of msdb, by which permissions on it are kept. Stored objects have positive ones.
pub fn msdb_object_id(schema: &str, name: &str) -> Option<i32> {
    let full = format!("{schema}.{name}");
    let at = MSDB
        .iter()
        .position(|view| view.name.eq_ignore_ascii_case(&full))?;
    i32::try_from(at).ok().map(|at| -1_000 - at)
}

#[cfg(test)]
pub(super) fn msdb_specs() -> impl Iterator<Item = &'static CatalogView> {
    MSDB.iter()
}

fn backupset(session: &Session, rows: &mut Rows) -> Result<()> {
    for backup in session.server.state.backups() {
        rows.push([
            ("backup_set_id", int(backup.id)),
            (
                "backup_set_uuid",
                Value::UniqueIdentifier(Box::new(backup.uuid)),
            ),
            ("media_set_id", int(backup.media_set_id)),
            ("position", int(backup.position)),
            ("name", backup.name.as_ref().map_or(Value::Null, text)),
            (
                "description",
                backup.description.as_ref().map_or(Value::Null, text),
            ),
            ("user_name", text(&backup.user)),
            ("first_lsn", numeric(backup.first_lsn, 25)),
            ("last_lsn", numeric(backup.last_lsn, 25)),
            ("checkpoint_lsn", numeric(backup.checkpoint_lsn, 25)),
            (
                "database_backup_lsn",
                numeric(backup.database_backup_lsn, 25),
            ),
            (
                "database_creation_date",
                datetime_of_ticks(backup.database_created),
            ),
            ("backup_start_date", datetime_of_ticks(backup.started)),
            ("backup_finish_date", datetime_of_ticks(backup.finished)),
            ("type", Value::varchar(if backup.log { "L" } else { "D" })),
            ("backup_size", numeric(backup.size, 20)),
            ("compressed_backup_size", numeric(backup.size, 20)),
            ("compatibility_level", int(backup.compatibility_level)),
            ("database_name", text(&backup.database)),
            ("server_name", text(&session.server.config.server_name)),
            ("machine_name", text(&session.server.config.server_name)),
            ("recovery_model", text(&backup.recovery_model)),
            ("has_backup_checksums", bit(backup.checksum)),
            ("is_copy_only", bit(backup.copy_only)),
            ("is_single_user", bit(backup.single_user)),
            ("is_force_offline", bit(backup.tail)),
            ("begins_log_chain", bit(backup.begins_log_chain)),
            ("flags", int(backup.flags())),
            (
                "database_guid",
                Value::UniqueIdentifier(Box::new(backup.identities.database)),
            ),
            (
                "family_guid",
                Value::UniqueIdentifier(Box::new(backup.identities.family)),
            ),
            (
                "first_recovery_fork_guid",
                Value::UniqueIdentifier(Box::new(backup.first_fork())),
            ),
            (
                "fork_point_lsn",
                backup
                    .fork_point()
                    .map_or(Value::Null, |lsn| numeric(lsn, 25)),
            ),
            (
                "last_recovery_fork_guid",
                Value::UniqueIdentifier(Box::new(backup.identities.fork)),
            ),
        ]);
    }
    Ok(())
}

fn backupmediafamily(session: &Session, rows: &mut Rows) -> Result<()> {
    for backup in first_of_each_media(session) {
        rows.push([
            ("media_set_id", int(backup.media_set_id)),
            (
                "media_family_id",
                Value::UniqueIdentifier(Box::new(backup.media_uuid)),
            ),
            ("physical_device_name", text(&backup.device)),
        ]);
    }
    Ok(())
}

/// Backups that began a media set.
fn first_of_each_media(session: &Session) -> Vec<BackupRecord> {
    let mut seen = std::collections::HashSet::new();
    let mut all = session.server.state.backups();
    all.retain(|backup| seen.insert(backup.media_set_id));
    all
}

fn backupmediaset(session: &Session, rows: &mut Rows) -> Result<()> {
    for backup in first_of_each_media(session) {
        rows.push([
            ("media_set_id", int(backup.media_set_id)),
            (
                "media_uuid",
                Value::UniqueIdentifier(Box::new(backup.media_uuid)),
            ),
        ]);
    }
    Ok(())
}

fn restorehistory(session: &Session, rows: &mut Rows) -> Result<()> {
    let restores = session.server.state.lock().restores.clone();
    for (at, restore) in restores.iter().enumerate() {
        rows.push([
            ("restore_history_id", int(at + 1)),
            ("restore_date", datetime_of_ticks(restore.at)),
            ("destination_database_name", text(&restore.database)),
            ("user_name", text(&restore.user)),
            ("backup_set_id", int(restore.backup_set_id)),
            (
                "restore_type",
                Value::varchar(if restore.log { "L" } else { "D" }),
            ),
            ("replace", bit(restore.replace)),
            ("recovery", bit(restore.recovery)),
            ("restart", bit(false)),
            ("device_count", int(1)),
        ]);
    }
    Ok(())
}
