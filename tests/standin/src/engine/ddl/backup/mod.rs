//! BACKUP and RESTORE. A backup keeps the database as it was (`image`) and writes a file that leads to it (`media`).

mod image;
mod listing;
mod media;
mod record;
mod restore;
mod write;

pub use image::DatabaseImage;
pub use record::{BackupRecord, RestoreRecord};
pub(super) use restore::restore;
pub(super) use write::backup;

use crate::catalog::{Database, TEMPDB};
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{Expr, ExprKind, NamedOption, OptionValue, TransactionName};
use crate::types::Value;

/// Pages of the log that the backup of a database takes along.
const LOG_PAGES: usize = 2;

/// Pages of the data file for so many rows.
fn data_pages(rows: usize) -> usize {
    400 + rows / 50
}

fn variable(ctx: &ExecContext<'_>, name: &str) -> Option<String> {
    match ctx.frame.variables.lookup(name)?.value.clone() {
        Value::NVarChar(text) | Value::VarChar(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The only device; several are refused by name.
fn device_of(ctx: &ExecContext<'_>, devices: &[Expr]) -> Result<String> {
    let [device] = devices else {
        return Err(SqlError::not_implemented(
            "BACKUP to or RESTORE from several devices",
        ));
    };
    let text = match &device.kind {
        ExprKind::String { text, .. } => Some(text.clone()),
        ExprKind::Variable(name) => variable(ctx, name),
        _ => None,
    };
    text.ok_or_else(|| SqlError::not_implemented("this backup device"))
}

fn name_of(ctx: &ExecContext<'_>, name: &TransactionName) -> String {
    match name {
        TransactionName::Name(ident) => ident.text.clone(),
        TransactionName::Variable(name) => variable(ctx, name).unwrap_or_default(),
    }
}

fn option<'a>(options: &'a [NamedOption], name: &str) -> Option<&'a NamedOption> {
    options.iter().find(|o| o.name.eq_ignore_ascii_case(name))
}

fn has(options: &[NamedOption], name: &str) -> bool {
    option(options, name).is_some()
}

fn text_option(options: &[NamedOption], name: &str) -> Option<String> {
    match option(options, name)?.value.as_ref()? {
        OptionValue::Text(text) | OptionValue::Word(text) => Some(text.clone()),
        _ => None,
    }
}

fn number_option(options: &[NamedOption], name: &str) -> Option<i32> {
    match option(options, name)?.value.as_ref()? {
        OptionValue::Number(text) => text.parse().ok(),
        _ => None,
    }
}

/// 3031 when two options contradict each other.
fn refuse_both(options: &[NamedOption], one: &str, other: &str) -> Result<()> {
    if has(options, one) && has(options, other) {
        return Err(SqlError::new(
            3031,
            format!(
                "Option '{}' conflicts with option(s) '{}'. Remove the conflicting option and reissue the statement.",
                one.to_lowercase(),
                other.to_lowercase()
            ),
        ));
    }
    Ok(())
}

/// 3013 after the reason.
fn terminating(reason: SqlError, verb: &str) -> SqlError {
    if reason.number == 50000 {
        return reason;
    }
    reason.followed_by(SqlError::new(
        3013,
        format!("{verb} is terminating abnormally."),
    ))
}

/// 3021.
fn refuse_in_transaction(ctx: &ExecContext<'_>) -> Result<()> {
    if ctx.session.transaction.count == 0 {
        return Ok(());
    }
    Err(SqlError::new(
        3021,
        "Cannot perform a backup or restore operation within a transaction.",
    )
    .state(0))
}

/// 3147.
fn refuse_tempdb(database: &Database) -> Result<()> {
    if database.id != TEMPDB {
        return Ok(());
    }
    Err(SqlError::new(
        3147,
        "Backup and restore operations are not allowed on database tempdb.",
    ))
}

/// 3102: this session is in the database; 3101: another one is. Otherwise nobody enters until `end_transition`.
fn require_exclusive(ctx: &ExecContext<'_>, database: &Database, verb: &str) -> Result<()> {
    let session = &ctx.session;
    if session.database == database.id {
        return Err(SqlError::new(
            3102,
            format!(
                "{verb} cannot process database '{}' because it is in use by this session. It is recommended that the master database be used when performing this operation.",
                database.name
            ),
        ));
    }
    let others = session
        .server
        .change_access(database.id, session.spid, |d| d.in_transition = true);
    if others.is_empty() {
        return Ok(());
    }
    end_transition(ctx, database);
    Err(SqlError::new(
        3101,
        "Exclusive access could not be obtained because the database is in use.",
    ))
}

fn end_transition(ctx: &ExecContext<'_>, database: &Database) {
    ctx.session
        .server
        .catalog
        .alter_database(database.id, |d| d.in_transition = false);
}

/// A backup to it is recorded and kept nowhere.
fn is_null_device(device: &str) -> bool {
    device.eq_ignore_ascii_case("NUL") || device.eq_ignore_ascii_case("/dev/null")
}

/// 262: RESTORE VERIFYONLY and the listings want CREATE DATABASE.
fn require_create_database(ctx: &ExecContext<'_>) -> Result<()> {
    let session = &ctx.session;
    if super::permission::allows_on_server(session, "CREATE ANY DATABASE")
        || session.server.is_creator(&session.login.user)
    {
        return Ok(());
    }
    Err(SqlError::new(
        262,
        "CREATE DATABASE permission denied in database 'master'.",
    )
    .class(14))
}

/// 3211 in the steps of STATS, which are ten percent without a number; nothing without STATS.
fn tell_percent(
    ctx: &ExecContext<'_>,
    sink: &mut dyn ResultSink,
    options: &[NamedOption],
) -> Result<()> {
    if !has(options, "STATS") {
        return Ok(());
    }
    let step = number_option(options, "STATS").unwrap_or(10).clamp(1, 100);
    let mut percent = step;
    while percent < 100 {
        tell_one_percent(ctx, sink, percent)?;
        percent += step;
    }
    tell_one_percent(ctx, sink, 100)
}

fn tell_one_percent(ctx: &ExecContext<'_>, sink: &mut dyn ResultSink, percent: i32) -> Result<()> {
    tell(
        ctx,
        sink,
        SqlError::new(3211, format!("{percent} percent processed.")),
    )
}

/// 4035 for each file, then 3014 with the sum.
fn tell_pages(
    ctx: &ExecContext<'_>,
    sink: &mut dyn ResultSink,
    verb: &str,
    name: &str,
    files: &[(String, usize)],
    position: i32,
) -> Result<()> {
    let pages: usize = files.iter().map(|(_, pages)| pages).sum();
    for (file, pages) in files {
        tell(
            ctx,
            sink,
            SqlError::new(
                4035,
                format!(
                    "Processed {pages} pages for database '{name}', file '{file}' on file {position}."
                ),
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
