//! BACKUP to a file that RESTORE VERIFYONLY can read back: a line of header, a line per table and per row, a digest.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::engine::frame::ExecContext;
use crate::engine::sysviews::Snapshot;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{
    Backup, Expr, ExprKind, NamedOption, OptionValue, Restore, TransactionName,
};
use crate::types::Value;

use super::state::BackupRecord;
use super::{apply, permission};

fn text_of(ctx: &ExecContext<'_>, expr: &Expr) -> Result<String> {
    let value = match &expr.kind {
        ExprKind::String { text, .. } => return Ok(text.clone()),
        ExprKind::Variable(name) => ctx.frame.variables.lookup(name).map(|v| v.value.clone()),
        _ => None,
    };
    match value {
        Some(Value::NVarChar(text) | Value::VarChar(text)) => Ok(text.to_string()),
        _ => Err(SqlError::not_implemented("this backup device")),
    }
}

fn name_of(ctx: &ExecContext<'_>, name: &TransactionName) -> String {
    match name {
        TransactionName::Name(ident) => ident.text.clone(),
        TransactionName::Variable(variable) => match ctx
            .frame
            .variables
            .lookup(variable)
            .map(|v| v.value.clone())
        {
            Some(Value::NVarChar(text) | Value::VarChar(text)) => text.to_string(),
            _ => String::new(),
        },
    }
}

fn option<'a>(options: &'a [NamedOption], name: &str) -> Option<&'a NamedOption> {
    options.iter().find(|o| o.name.eq_ignore_ascii_case(name))
}

fn text_option(options: &[NamedOption], name: &str) -> Option<String> {
    match option(options, name)?.value.as_ref()? {
        OptionValue::Text(text) | OptionValue::Word(text) => Some(text.clone()),
        _ => None,
    }
}

/// 3013 after the reason.
fn terminating(reason: SqlError, verb: &str) -> SqlError {
    reason.followed_by(SqlError::new(
        3013,
        format!("{verb} is terminating abnormally."),
    ))
}

pub(super) fn backup(
    ctx: &mut ExecContext<'_>,
    backup: &Backup,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let verb = if backup.log {
        "BACKUP LOG"
    } else {
        "BACKUP DATABASE"
    };
    if ctx.session.transaction.count > 0 {
        return Err(terminating(
            SqlError::new(
                3021,
                "Cannot perform a backup or restore operation within a transaction.",
            )
            .state(0),
            verb,
        ));
    }
    let name = name_of(ctx, &backup.database);
    let catalog = std::sync::Arc::clone(&ctx.session.server.catalog);
    let database = catalog.database_by_name(&name).ok_or_else(|| {
        terminating(
            SqlError::new(911, format!("Database '{name}' does not exist. Make sure that the name is entered correctly.")).state(11),
            verb,
        )
    })?;
    if !permission::allows_in_database(ctx.session, verb) {
        return Err(terminating(
            SqlError::new(
                262,
                format!("{verb} permission denied in database '{name}'."),
            )
            .class(14),
            verb,
        ));
    }
    if option(&backup.options, "DIFFERENTIAL").is_some() {
        return Err(SqlError::not_implemented("BACKUP WITH DIFFERENTIAL"));
    }
    let recovery = database.recovery_model.description().1;
    if backup.log && recovery == "SIMPLE" {
        return Err(terminating(
            SqlError::new(
                4208,
                "The statement BACKUP LOG is not allowed while the recovery model is SIMPLE. Use BACKUP DATABASE or change the recovery model using ALTER DATABASE.",
            ),
            verb,
        ));
    }
    let earlier = ctx.session.server.state.backups();
    if backup.log
        && !earlier
            .iter()
            .any(|b| b.database_id == database.id && !b.log)
    {
        return Err(terminating(
            SqlError::new(
                4214,
                "BACKUP LOG cannot be performed because there is no current database backup.",
            ),
            verb,
        ));
    }
    let [device] = &backup.to[..] else {
        return Err(SqlError::not_implemented("BACKUP to several devices"));
    };
    let device = text_of(ctx, device)?;
    let started = super::now_ticks();
    let mut content = format!("hartonomous-standin backup 1 {verb} {name}\n");
    let snapshot = Snapshot::of_database(ctx.session, database.id);
    let mut rows = 0_usize;
    if !backup.log {
        for table in &snapshot.tables {
            let _ = writeln!(content, "table {:?}", table);
            for row in apply::all_rows(ctx.session, table)? {
                let _ = writeln!(content, "row {row:?}");
                rows += 1;
            }
        }
        for module in &snapshot.modules {
            let _ = writeln!(content, "module {:?} {:?}", module.name, module.definition);
        }
    }
    let digest: String = Sha256::digest(content.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let _ = writeln!(content, "sha256 {digest}");
    let kept = !is_null_device(&device);
    let append = kept
        && option(&backup.options, "INIT").is_none()
        && option(&backup.options, "FORMAT").is_none();
    let position = if append {
        1 + earlier
            .iter()
            .filter(|b| b.device == device)
            .map(|b| b.position)
            .max()
            .unwrap_or(0)
    } else {
        1
    };
    if position > 1 {
        return Err(SqlError::not_implemented(
            "BACKUP that appends to a file; say WITH INIT",
        ));
    }
    let written = if kept {
        std::fs::write(&device, &content)
    } else {
        Ok(())
    };
    written.map_err(|cause| {
        terminating(
            SqlError::new(
                3201,
                format!(
                    "Cannot open backup device '{device}'. Operating system error {}({cause}).",
                    cause.raw_os_error().unwrap_or(0)
                ),
            ),
            verb,
        )
    })?;
    let record = record(
        ctx,
        backup,
        &database,
        &earlier,
        device,
        started,
        content.len(),
    );
    ctx.session.server.state.lock().backups.push(record);
    finish(ctx, sink, &name, backup.log, rows)
}

/// A backup to it is recorded and kept nowhere.
fn is_null_device(device: &str) -> bool {
    device.eq_ignore_ascii_case("NUL") || device.eq_ignore_ascii_case("/dev/null")
}

fn record(
    ctx: &ExecContext<'_>,
    backup: &Backup,
    database: &crate::catalog::Database,
    earlier: &[BackupRecord],
    device: String,
    started: i64,
    size: usize,
) -> BackupRecord {
    let id = i32::try_from(earlier.len() + 1).unwrap_or(i32::MAX);
    let mut uuid = [0_u8; 16];
    uuid[..8].copy_from_slice(&started.to_le_bytes());
    uuid[8..12].copy_from_slice(&id.to_le_bytes());
    let database_guid = database_guid(database.id);
    let on = |name: &str| option(&backup.options, name).is_some();
    BackupRecord {
        id,
        media_set_id: id,
        position: 1,
        uuid,
        database: database.name.clone(),
        database_id: database.id,
        database_guid,
        database_created: database.created,
        log: backup.log,
        copy_only: on("COPY_ONLY"),
        checksum: on("CHECKSUM"),
        started,
        finished: super::now_ticks(),
        size: i64::try_from(size).unwrap_or(0),
        device,
        name: text_option(&backup.options, "NAME"),
        description: text_option(&backup.options, "DESCRIPTION"),
        user: ctx.session.login.user.clone(),
        recovery_model: database.recovery_model.description().1.to_owned(),
        compatibility_level: i32::from(database.compatibility_level),
        first_lsn: started / 10_000,
        last_lsn: super::now_ticks() / 10_000 + 1,
        database_backup_lsn: earlier
            .iter()
            .rev()
            .find(|b| b.database_id == database.id && !b.log)
            .map_or(0, |b| b.first_lsn),
    }
}

/// Pages of the log that the backup of a database takes along.
const LOG_PAGES: usize = 2;

/// 4035 for each file, data before log, then 3014 with the sum.
fn finish(
    ctx: &ExecContext<'_>,
    sink: &mut dyn ResultSink,
    name: &str,
    log: bool,
    rows: usize,
) -> Result<()> {
    let of_log = (format!("{name}_log"), LOG_PAGES);
    let (files, verb) = if log {
        (vec![of_log], "BACKUP LOG")
    } else {
        let of_data = (name.to_owned(), 400 + rows / 50);
        (vec![of_data, of_log], "BACKUP DATABASE")
    };
    let pages: usize = files.iter().map(|(_, pages)| pages).sum();
    for (file, pages) in &files {
        tell(
            ctx,
            sink,
            SqlError::new(
                4035,
                format!("Processed {pages} pages for database '{name}', file '{file}' on file 1."),
            ),
        )?;
    }
    tell(
        ctx,
        sink,
        SqlError::new(
            3014,
            format!(
                "{verb} successfully processed {pages} pages in 0.100 seconds ({:.3} MB/sec).",
                pages as f64 * 0.078
            ),
        ),
    )
}

fn tell(ctx: &ExecContext<'_>, sink: &mut dyn ResultSink, message: SqlError) -> Result<()> {
    let message = message.class(0);
    sink.message(&crate::engine::messages::locate(ctx.frame, message))
}

pub(super) fn restore(
    ctx: &mut ExecContext<'_>,
    restore: &Restore,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let what = restore.what.to_ascii_uppercase();
    if what != "VERIFYONLY" {
        return Err(SqlError::not_implemented(format_args!("RESTORE {what}")));
    }
    let [device] = &restore.from[..] else {
        return Err(SqlError::not_implemented("RESTORE from several devices"));
    };
    let device = text_of(ctx, device)?;
    let content = std::fs::read_to_string(&device).map_err(|cause| {
        terminating(
            SqlError::new(
                3201,
                format!(
                    "Cannot open backup device '{device}'. Operating system error {}({cause}).",
                    cause.raw_os_error().unwrap_or(0)
                ),
            )
            .state(2),
            "VERIFY DATABASE",
        )
    })?;
    if !content.starts_with("hartonomous-standin backup 1 ") {
        return Err(terminating(
            SqlError::new(3241, format!("The media family on device '{device}' is incorrectly formed. SQL Server cannot process this media family."))
                .state(0),
            "VERIFY DATABASE",
        ));
    }
    let whole = content
        .trim_end()
        .rsplit_once('\n')
        .is_some_and(|(body, last)| {
            let digest: String = Sha256::digest(format!("{body}\n").as_bytes())
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            last.strip_prefix("sha256 ") == Some(digest.as_str())
        });
    if !whole {
        return Err(terminating(
            SqlError::new(3189, "Damage to the backup set was detected."),
            "VERIFY DATABASE",
        ));
    }
    sink.message(&SqlError::new(3262, "The backup set on file 1 is valid.").class(0))
}

/// The identity of a database and of its recovery fork: nothing here ever forks one.
pub(crate) fn database_guid(id: i32) -> [u8; 16] {
    let mut guid = [0x5a_u8; 16];
    guid[..4].copy_from_slice(&id.to_le_bytes());
    guid
}
