//! BACKUP DATABASE and BACKUP LOG.

use std::sync::Arc;

use super::image::DatabaseImage;
use super::media::Media;
use super::record::BackupRecord;
use super::{
    LOG_PAGES, data_pages, device_of, end_transition, has, is_null_device, name_of, refuse_both,
    refuse_in_transaction, refuse_tempdb, require_exclusive, tell_pages, tell_percent, terminating,
    text_option,
};
use crate::catalog::{Database, DatabaseState, RecoveryModel, UserAccess, unique_id};
use crate::engine::admission::{require_online, single_user};
use crate::engine::ddl::{now_ticks, permission};
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::Backup;

fn verb(backup: &Backup) -> &'static str {
    if backup.log {
        "BACKUP LOG"
    } else {
        "BACKUP DATABASE"
    }
}

pub fn backup(ctx: &mut ExecContext<'_>, backup: &Backup, sink: &mut dyn ResultSink) -> Result<()> {
    run(ctx, backup, sink).map_err(|reason| terminating(reason, verb(backup)))
}

fn run(ctx: &mut ExecContext<'_>, backup: &Backup, sink: &mut dyn ResultSink) -> Result<()> {
    refuse_in_transaction(ctx)?;
    let database = target(ctx, backup)?;
    let tail = backup.log && has(&backup.options, "NORECOVERY");
    if has(&backup.options, "DIFFERENTIAL") {
        return Err(SqlError::not_implemented("BACKUP WITH DIFFERENTIAL"));
    }
    if has(&backup.options, "NO_TRUNCATE") {
        return Err(SqlError::not_implemented("BACKUP WITH NO_TRUNCATE"));
    }
    for (one, other) in [
        ("INIT", "NOINIT"),
        ("CHECKSUM", "NO_CHECKSUM"),
        ("COMPRESSION", "NO_COMPRESSION"),
        ("FORMAT", "NOFORMAT"),
    ] {
        refuse_both(&backup.options, one, other)?;
    }
    if tail && has(&backup.options, "COPY_ONLY") {
        refuse_both(&backup.options, "NORECOVERY", "COPY_ONLY")?;
    }
    require_log_chain(backup, &database)?;
    if tail {
        require_exclusive(ctx, &database, "BACKUP LOG")?;
        let written = write(ctx, backup, &database, sink);
        end_transition(ctx, &database);
        return written;
    }
    write(ctx, backup, &database, sink)
}

fn write(
    ctx: &mut ExecContext<'_>,
    backup: &Backup,
    database: &Database,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let device = device_of(ctx, &backup.to)?;
    let started = now_ticks();
    let server = Arc::clone(&ctx.session.server);
    let image = DatabaseImage::take(ctx, database.id)?;
    let first_lsn = if backup.log {
        database.log_chain.unwrap_or_default()
    } else {
        server.state.next_lsn()
    };
    let media = open_media(backup, &device)?;
    let mut record = record(ctx, backup, database, &image, device, started);
    record.first_lsn = first_lsn;
    record.last_lsn = server.state.next_lsn();
    record.checkpoint_lsn = if backup.log {
        record.last_lsn
    } else {
        first_lsn
    };
    keep(&server, media, &mut record, image)?;
    after(&server, backup, &record);
    tell_percent(ctx, sink, &backup.options)?;
    tell_pages(
        ctx,
        sink,
        verb(backup),
        &database.name,
        &processed(database, backup.log, record.rows),
        record.position,
    )
}

/// The database, if this login may back it up and it can be read.
fn target(ctx: &ExecContext<'_>, backup: &Backup) -> Result<Arc<Database>> {
    let name = name_of(ctx, &backup.database);
    let session = &ctx.session;
    let database = session
        .server
        .catalog
        .database_by_name(&name)
        .ok_or_else(|| {
            SqlError::new(
                911,
                format!("Database '{name}' does not exist. Make sure that the name is entered correctly."),
            )
            .state(11)
        })?;
    if !permission::allows_on_database(session, database.id, verb(backup)) {
        return Err(SqlError::new(
            262,
            format!("{} permission denied in database '{name}'.", verb(backup)),
        )
        .class(14));
    }
    refuse_tempdb(&database)?;
    require_online(&database)?;
    let alone = session
        .server
        .sessions_in(database.id, session.spid)
        .is_empty();
    if database.user_access == UserAccess::Single && !alone {
        return Err(single_user(&database.name));
    }
    Ok(database)
}

/// 4208 and 4214.
fn require_log_chain(backup: &Backup, database: &Database) -> Result<()> {
    if !backup.log {
        return Ok(());
    }
    if database.recovery_model == RecoveryModel::Simple {
        return Err(SqlError::new(
            4208,
            "The statement BACKUP LOG is not allowed while the recovery model is SIMPLE. Use BACKUP DATABASE or change the recovery model using ALTER DATABASE.",
        ));
    }
    if database.log_chain.is_none() {
        return Err(SqlError::new(
            4214,
            "BACKUP LOG cannot be performed because there is no current database backup.",
        ));
    }
    Ok(())
}

/// The media that the backup goes to: what is there, emptied by INIT, new by FORMAT or when there is no file.
fn open_media(backup: &Backup, device: &str) -> Result<Option<Media>> {
    if is_null_device(device) {
        return Ok(None);
    }
    if has(&backup.options, "FORMAT") || !std::path::Path::new(device).exists() {
        return Ok(Some(Media::new(unique_id())));
    }
    // An empty file is no media yet; SQL Server writes over it, too.
    if std::fs::metadata(device).is_ok_and(|about| about.len() == 0) {
        return Ok(Some(Media::new(unique_id())));
    }
    let media = Media::read(device)?;
    Ok(Some(if has(&backup.options, "INIT") {
        Media::new(media.uuid)
    } else {
        media
    }))
}

fn record(
    ctx: &ExecContext<'_>,
    backup: &Backup,
    database: &Database,
    image: &DatabaseImage,
    device: String,
    started: i64,
) -> BackupRecord {
    let earlier = ctx.session.server.state.backups();
    let id = i32::try_from(earlier.len() + 1).unwrap_or(i32::MAX);
    let of_family = |b: &&BackupRecord| b.identities.family == database.identities.family;
    let base = earlier
        .iter()
        .rev()
        .filter(of_family)
        .find(|b| !b.log && !b.copy_only);
    let on = |name: &str| has(&backup.options, name);
    let pages = data_pages(image.row_count()) + LOG_PAGES;
    BackupRecord {
        id,
        media_set_id: id,
        position: 1,
        uuid: unique_id(),
        media_uuid: unique_id(),
        database: database.name.clone(),
        database_id: database.id,
        identities: database.identities,
        database_created: database.created,
        log: backup.log,
        copy_only: on("COPY_ONLY"),
        checksum: on("CHECKSUM"),
        compressed: on("COMPRESSION"),
        tail: backup.log && on("NORECOVERY"),
        single_user: database.user_access == UserAccess::Single,
        begins_log_chain: backup.log
            && !earlier
                .iter()
                .filter(of_family)
                .any(|b| b.log && b.last_lsn == database.log_chain.unwrap_or_default()),
        rows: image.row_count(),
        started,
        finished: now_ticks(),
        size: i64::try_from(pages * 8192).unwrap_or(i64::MAX),
        device,
        name: text_option(&backup.options, "NAME"),
        description: text_option(&backup.options, "DESCRIPTION"),
        user: ctx.session.login.user.clone(),
        recovery_model: database.recovery_model.description().1.to_owned(),
        compatibility_level: i32::from(database.compatibility_level),
        first_lsn: 0,
        last_lsn: 0,
        checkpoint_lsn: 0,
        database_backup_lsn: base.map_or(0, |b| b.first_lsn),
    }
}

/// Writes the file and the record. What a set that is written over had kept is let go.
fn keep(
    server: &crate::engine::server::Server,
    media: Option<Media>,
    record: &mut BackupRecord,
    image: DatabaseImage,
) -> Result<()> {
    if let Some(mut media) = media {
        media.append(record.uuid, &image.description());
        media.write(&record.device)?;
        record.media_uuid = media.uuid;
        record.position = i32::try_from(media.sets.len()).unwrap_or(i32::MAX);
        let mut state = server.state.lock();
        let stays = |set: &[u8; 16]| media.sets.iter().any(|s| s.uuid == *set);
        let gone: Vec<[u8; 16]> = state
            .backups
            .iter()
            .filter(|b| b.media_uuid == media.uuid && b.device == record.device && !stays(&b.uuid))
            .map(|b| b.uuid)
            .collect();
        for set in gone {
            state.images.remove(&set);
        }
        state.images.insert(record.uuid, Arc::new(image));
        if let Some(same) = state.backups.iter().find(|b| b.media_uuid == media.uuid) {
            record.media_set_id = same.media_set_id;
        }
    }
    record.finished = now_ticks();
    server.state.lock().backups.push(record.clone());
    Ok(())
}

/// What the backup means for the database: the chain of log backups goes on from here, and a tail takes it out of use.
fn after(server: &crate::engine::server::Server, backup: &Backup, record: &BackupRecord) {
    let (log, copy_only, tail) = (backup.log, record.copy_only, record.tail);
    server
        .catalog
        .alter_database(record.database_id, |database| {
            if log && !copy_only {
                database.log_chain = Some(record.last_lsn);
            }
            let starts = !log && !copy_only && database.log_chain.is_none();
            if starts && database.recovery_model != RecoveryModel::Simple {
                database.log_chain = Some(record.first_lsn);
            }
            if tail {
                database.state = DatabaseState::Restoring;
                database.restored_to = Some(record.last_lsn);
            }
        });
}

/// Files and pages, data before log.
fn processed(database: &Database, log: bool, rows: usize) -> Vec<(String, usize)> {
    database
        .files
        .iter()
        .filter(|file| !log || file.kind == 1)
        .map(|file| {
            let pages = match file.kind {
                0 => data_pages(rows),
                1 => LOG_PAGES,
                _ => 0,
            };
            (file.name.clone(), pages)
        })
        .collect()
}
