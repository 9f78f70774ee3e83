//! RESTORE DATABASE, RESTORE LOG and RESTORE VERIFYONLY.

use std::sync::Arc;

use super::image::DatabaseImage;
use super::listing;
use super::media::Media;
use super::record::{BackupRecord, RestoreRecord};
use super::{
    LOG_PAGES, data_pages, device_of, end_transition, has, name_of, number_option, option,
    refuse_both, refuse_in_transaction, refuse_tempdb, require_create_database, require_exclusive,
    tell, tell_pages, tell_percent, terminating,
};
use crate::catalog::{
    Database, DatabaseState, MASTER, MODEL, MSDB, RecoveryModel, UserAccess, unique_id,
};
use crate::engine::ddl::now_ticks;
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{OptionValue, Restore};

pub fn restore(
    ctx: &mut ExecContext<'_>,
    restore: &Restore,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let what = restore.what.to_ascii_uppercase();
    let (verb, done) = match what.as_str() {
        "DATABASE" => (
            "RESTORE DATABASE",
            refuse_in_transaction(ctx).and_then(|()| data(ctx, restore, sink)),
        ),
        "LOG" => (
            "RESTORE LOG",
            refuse_in_transaction(ctx).and_then(|()| data(ctx, restore, sink)),
        ),
        "VERIFYONLY" => ("VERIFY DATABASE", verify(ctx, restore, sink)),
        "HEADERONLY" => ("RESTORE HEADERONLY", listing::headers(ctx, restore, sink)),
        "FILELISTONLY" => ("RESTORE FILELIST", listing::files(ctx, restore, sink)),
        _ => ("RESTORE LABELONLY", listing::label(ctx, restore, sink)),
    };
    done.map_err(|reason| terminating(reason, verb))
}

/// A backup set that was asked for, and what it had kept.
pub(super) struct Chosen {
    pub record: BackupRecord,
    pub image: Arc<DatabaseImage>,
    pub position: i32,
}

/// Opens the device and finds the set: 3201, 3241, 4038, 3189, 3187.
pub(super) fn choose(ctx: &ExecContext<'_>, restore: &Restore) -> Result<Chosen> {
    let device = device_of(ctx, &restore.from)?;
    let media = Media::read(&device)?;
    let position = number_option(&restore.options, "FILE").unwrap_or(1);
    let set = media.set(position, &device)?;
    if !set.whole {
        return Err(SqlError::new(
            3189,
            "Damage to the backup set was detected.",
        ));
    }
    let state = ctx.session.server.state.lock();
    let record = state.backups.iter().find(|b| b.uuid == set.uuid).cloned();
    let image = state.images.get(&set.uuid).cloned();
    drop(state);
    let (Some(record), Some(image)) = (record, image) else {
        return Err(SqlError::not_implemented(
            "reading a backup that another process of it has taken",
        ));
    };
    if has(&restore.options, "CHECKSUM") && !record.checksum {
        return Err(SqlError::new(
            3187,
            "RESTORE WITH CHECKSUM cannot be specified because the backup set does not contain checksum information.",
        ));
    }
    Ok(Chosen {
        record,
        image,
        position,
    })
}

fn verify(ctx: &ExecContext<'_>, restore: &Restore, sink: &mut dyn ResultSink) -> Result<()> {
    require_create_database(ctx)?;
    let chosen = choose(ctx, restore)?;
    tell(
        ctx,
        sink,
        SqlError::new(
            3262,
            format!("The backup set on file {} is valid.", chosen.position),
        ),
    )
}

fn data(ctx: &mut ExecContext<'_>, restore: &Restore, sink: &mut dyn ResultSink) -> Result<()> {
    let name = restore
        .database
        .as_ref()
        .map(|name| name_of(ctx, name))
        .unwrap_or_default();
    refuse_both(&restore.options, "RECOVERY", "NORECOVERY")?;
    refuse_both(&restore.options, "CHECKSUM", "NO_CHECKSUM")?;
    if has(&restore.options, "STOPAT") {
        return Err(SqlError::not_implemented(
            "RESTORE WITH STOPAT: a log backup here leads to its end only",
        ));
    }
    let existing = ctx.session.server.catalog.database_by_name(&name);
    require_permission(ctx, &name, existing.as_deref())?;
    if let Some(database) = &existing
        && ctx.session.database == database.id
    {
        return Err(require_exclusive(ctx, database, "RESTORE")
            .err()
            .unwrap_or_else(|| {
                SqlError::new(
                    3101,
                    "Exclusive access could not be obtained because the database is in use.",
                )
            }));
    }
    if restore.from.is_empty() {
        return recover(ctx, restore, &name, existing.as_deref(), sink);
    }
    let chosen = choose(ctx, restore)?;
    let log = restore.what.eq_ignore_ascii_case("LOG");
    match (log, chosen.record.log) {
        (true, true) => roll_forward(ctx, restore, &name, existing.as_deref(), &chosen)?,
        (false, false) => overwrite(ctx, restore, &name, existing.as_deref(), &chosen)?,
        (true, false) => {
            return Err(SqlError::new(
                3135,
                format!(
                    "The backup set in file '{}' was created by BACKUP DATABASE and cannot be used for this restore operation.",
                    chosen.record.device
                ),
            ));
        }
        (false, true) => {
            return Err(SqlError::not_implemented(
                "RESTORE DATABASE from the backup of a log; say RESTORE LOG",
            ));
        }
    }
    note(ctx, restore, &name, &chosen);
    tell_percent(ctx, sink, &restore.options)?;
    let verb = if log {
        "RESTORE LOG"
    } else {
        "RESTORE DATABASE"
    };
    let files: Vec<_> = chosen
        .image
        .contents
        .database
        .files
        .iter()
        .map(|file| {
            let pages = match file.kind {
                0 if !log => data_pages(chosen.record.rows),
                1 => LOG_PAGES,
                _ => 0,
            };
            (file.name.clone(), pages)
        })
        .collect();
    tell_pages(ctx, sink, verb, &name, &files, chosen.position)
}

/// 3108, 3147, 3110, 262.
fn require_permission(
    ctx: &ExecContext<'_>,
    name: &str,
    existing: Option<&Database>,
) -> Result<()> {
    let Some(database) = existing else {
        return require_create_database(ctx);
    };
    refuse_tempdb(database)?;
    match database.id {
        MASTER => {
            return Err(SqlError::new(
                3108,
                "To restore the master database, the server must be running in single-user mode. For information on starting in single-user mode, see \"How to: Start an Instance of SQL Server (sqlservr.exe)\" in Books Online.",
            ));
        }
        MODEL | MSDB => return Err(SqlError::not_implemented(format_args!("RESTORE of {name}"))),
        _ => {}
    }
    let session = &ctx.session;
    // Members of db_owner may not: the roles of a database that is restored cannot be read.
    if session.sysadmin || session.server.is_creator(&session.login.user) {
        return Ok(());
    }
    Err(SqlError::new(
        3110,
        format!("User does not have permission to RESTORE database '{name}'."),
    )
    .class(14))
}

/// RESTORE without FROM: what is there is brought online.
fn recover(
    ctx: &ExecContext<'_>,
    restore: &Restore,
    name: &str,
    existing: Option<&Database>,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let Some(database) = existing else {
        return Err(SqlError::new(
            911,
            format!(
                "Database '{name}' does not exist. Make sure that the name is entered correctly."
            ),
        )
        .state(11));
    };
    if has(&restore.options, "NORECOVERY") {
        return Err(SqlError::not_implemented(
            "RESTORE WITH NORECOVERY of nothing",
        ));
    }
    if database.state != DatabaseState::Restoring {
        return Err(SqlError::new(
            3153,
            "The database is already fully recovered.",
        ));
    }
    ctx.session
        .server
        .catalog
        .alter_database(database.id, recovered);
    let verb = if restore.what.eq_ignore_ascii_case("LOG") {
        "RESTORE LOG"
    } else {
        "RESTORE DATABASE"
    };
    tell_pages(ctx, sink, verb, name, &[], 1)
}

/// The end of a restore: a new fork, whose log goes on from here.
fn recovered(database: &mut Database) {
    database.state = DatabaseState::Online;
    // Log of the old fork may be in the next log backup, which then leads from one to the other.
    database.identities.first_fork = database.identities.fork;
    database.identities.fork = unique_id();
    database.log_chain = (database.recovery_model != RecoveryModel::Simple)
        .then_some(database.restored_to)
        .flatten();
    database.restored_to = None;
}

/// RESTORE DATABASE from a full backup.
fn overwrite(
    ctx: &ExecContext<'_>,
    restore: &Restore,
    name: &str,
    existing: Option<&Database>,
    chosen: &Chosen,
) -> Result<()> {
    let mut database = (*chosen.image.contents.database).clone();
    move_files(restore, &mut database)?;
    if let Some(there) = existing {
        if !has(&restore.options, "REPLACE") {
            require_same(there, &chosen.record)?;
        }
        require_exclusive(ctx, there, "RESTORE")?;
    }
    let server = &ctx.session.server;
    database.id = existing.map_or_else(|| server.catalog.free_database_id(), |d| d.id);
    name.clone_into(&mut database.name);
    database.created = now_ticks();
    database.identities.database = unique_id();
    arrived(restore, &mut database, &chosen.record);
    if has(&restore.options, "RESTRICTED_USER") {
        database.user_access = UserAccess::Restricted;
    }
    let done = chosen.image.restore(server, database);
    if let (Err(_), Some(there)) = (&done, existing) {
        end_transition(ctx, there);
    }
    done
}

/// Where the database is after a set was applied.
fn arrived(restore: &Restore, database: &mut Database, record: &BackupRecord) {
    database.in_transition = false;
    database.state = DatabaseState::Restoring;
    database.restored_to = Some(record.last_lsn);
    if !has(&restore.options, "NORECOVERY") {
        recovered(database);
    }
}

/// 3154: another database; 3159: log that no backup has.
fn require_same(there: &Database, record: &BackupRecord) -> Result<()> {
    if there.identities.family != record.identities.family {
        return Err(SqlError::new(
            3154,
            format!(
                "The backup set holds a backup of a database other than the existing '{}' database.",
                there.name
            ),
        )
        .state(4));
    }
    if there.state == DatabaseState::Online && there.recovery_model != RecoveryModel::Simple {
        return Err(SqlError::new(
            3159,
            format!(
                "The tail of the log for the database \"{}\" has not been backed up. Use BACKUP LOG WITH NORECOVERY to backup the log if it contains work you do not want to lose. Use the WITH REPLACE or WITH STOPAT clause of the RESTORE statement to just overwrite the contents of the log.",
                there.name
            ),
        ));
    }
    Ok(())
}

/// MOVE: 3234 when the backup has no such file.
fn move_files(restore: &Restore, database: &mut Database) -> Result<()> {
    for option in restore.options.iter().filter(|o| o.name == "MOVE") {
        let text = |value: Option<&OptionValue>| match value {
            Some(OptionValue::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let logical = text(option.value.as_ref());
        let to = text(option.nested.first().and_then(|o| o.value.as_ref()));
        let name = database.name.clone();
        let file = database
            .files
            .iter_mut()
            .find(|file| file.name.eq_ignore_ascii_case(&logical))
            .ok_or_else(|| {
                SqlError::new(
                    3234,
                    format!("Logical file '{logical}' is not part of database '{name}'. Use RESTORE FILELISTONLY to list the logical file names."),
                )
            })?;
        file.physical_name = to;
    }
    Ok(())
}

/// RESTORE LOG: 3118, 3117, 4330, 4305, 4326.
fn roll_forward(
    ctx: &ExecContext<'_>,
    restore: &Restore,
    name: &str,
    existing: Option<&Database>,
    chosen: &Chosen,
) -> Result<()> {
    let Some(there) = existing else {
        return Err(SqlError::new(
            3118,
            format!(
                "The database \"{name}\" does not exist. RESTORE can only create a database when restoring either a full backup or a file backup of the primary file."
            ),
        ));
    };
    let record = &chosen.record;
    let Some(at) = there
        .restored_to
        .filter(|_| there.state == DatabaseState::Restoring)
    else {
        return Err(SqlError::new(
            3117,
            "The log or differential backup cannot be restored because no files are ready to rollforward.",
        ));
    };
    let reached = there.identities.fork;
    if reached != record.identities.fork && reached != record.identities.first_fork {
        return Err(SqlError::new(
            4330,
            "This backup set cannot be applied because it is on a recovery path that is inconsistent with the database. The recovery path is the sequence of data and log backups that have brought the database to a particular recovery point. Find a compatible backup to restore, or restore the rest of the database to match a recovery point within this backup set, which will restore the database to a different point in time. For more information about recovery paths, see SQL Server Books Online.",
        ));
    }
    if record.first_lsn > at {
        return Err(SqlError::new(
            4305,
            format!(
                "The log in this backup set begins at LSN {}, which is too recent to apply to the database. An earlier log backup that includes LSN {at} can be restored.",
                record.first_lsn
            ),
        ));
    }
    if record.last_lsn <= at {
        return Err(SqlError::new(
            4326,
            format!(
                "The log in this backup set terminates at LSN {}, which is too early to apply to the database. A more recent log backup that includes LSN {at} can be restored.",
                record.last_lsn
            ),
        ));
    }
    require_exclusive(ctx, there, "RESTORE")?;
    let mut database = (*chosen.image.contents.database).clone();
    database.id = there.id;
    name.clone_into(&mut database.name);
    database.created = there.created;
    database.identities = there.identities;
    database.identities.fork = record.identities.fork;
    database.user_access = there.user_access;
    database.files.clone_from(&there.files);
    arrived(restore, &mut database, record);
    let done = chosen.image.restore(&ctx.session.server, database);
    if done.is_err() {
        end_transition(ctx, there);
    }
    done
}

/// msdb.dbo.restorehistory.
fn note(ctx: &ExecContext<'_>, restore: &Restore, name: &str, chosen: &Chosen) {
    let record = RestoreRecord {
        at: now_ticks(),
        database: name.to_owned(),
        user: ctx.session.login.user.clone(),
        backup_set_id: chosen.record.id,
        log: chosen.record.log,
        replace: option(&restore.options, "REPLACE").is_some(),
        recovery: !has(&restore.options, "NORECOVERY"),
    };
    ctx.session.server.state.lock().restores.push(record);
}
