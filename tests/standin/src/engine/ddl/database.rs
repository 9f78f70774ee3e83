//! CREATE, ALTER and DROP DATABASE, and scoped configurations.

use crate::catalog::RecoveryModel;
use crate::engine::frame::ExecContext;
use crate::engine::sysviews::SCOPED_CONFIGURATIONS;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{AlterDatabaseAction, Ident, NamedOption, OptionValue};

use super::{apply, database_access, filegroup, permission};

/// 226: not inside a user's transaction.
fn refuse_in_transaction(ctx: &ExecContext<'_>, what: &str) -> Result<()> {
    if ctx.session.transaction.count > 0 {
        return Err(SqlError::new(
            226,
            format!("{what} statement not allowed within multi-statement transaction."),
        )
        .state(6));
    }
    Ok(())
}

pub(super) fn create(
    ctx: &mut ExecContext<'_>,
    name: &Ident,
    options: &[NamedOption],
) -> Result<()> {
    refuse_in_transaction(ctx, "CREATE DATABASE")?;
    if !super::permission::allows_on_server(ctx.session, "CREATE ANY DATABASE") {
        return Err(SqlError::new(
            262,
            "CREATE DATABASE permission denied in database 'master'.",
        )
        .class(14));
    }
    if let Some(option) = options
        .iter()
        .find(|o| !o.name.eq_ignore_ascii_case("COLLATE"))
    {
        return Err(SqlError::not_implemented(format_args!(
            "CREATE DATABASE with {}",
            option.name
        )));
    }
    ctx.session
        .server
        .catalog
        .create_database(&name.text, super::now_ticks())
        .map(|_| ())
}

fn missing(name: &str) -> SqlError {
    SqlError::new(
        911,
        format!("Database '{name}' does not exist. Make sure that the name is entered correctly."),
    )
}

pub(super) fn drop(ctx: &mut ExecContext<'_>, if_exists: bool, names: &[Ident]) -> Result<()> {
    refuse_in_transaction(ctx, "DROP DATABASE")?;
    for name in names {
        let Some(database) = ctx.session.server.catalog.database_by_name(&name.text) else {
            if if_exists {
                continue;
            }
            return Err(SqlError::new(
                3701,
                format!("Cannot drop the database '{}', because it does not exist or you do not have permission.", name.text),
            )
            .class(11));
        };
        let in_use = ctx
            .session
            .server
            .sessions
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .values()
            .any(|s| s.database == database.id);
        if in_use || database.id == ctx.session.database {
            return Err(SqlError::new(
                3702,
                format!(
                    "Cannot drop database \"{}\" because it is currently in use.",
                    database.name
                ),
            )
            .state(3));
        }
        let tables = ctx.session.server.catalog.drop_database(database.id);
        apply::with_txn(ctx.session, |session, txn| {
            tables
                .into_iter()
                .try_for_each(|id| session.server.store.drop_table(txn, id))
        })?;
    }
    Ok(())
}

pub(super) fn alter(
    ctx: &mut ExecContext<'_>,
    name: Option<&Ident>,
    action: &AlterDatabaseAction,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    refuse_in_transaction(ctx, "ALTER DATABASE")?;
    let catalog = &ctx.session.server.catalog;
    let id = match name {
        None => ctx.session.database,
        Some(name) => {
            catalog
                .database_by_name(&name.text)
                .ok_or_else(|| missing(&name.text))?
                .id
        }
    };
    if !permission::allows_on_database(ctx.session, id, "ALTER") {
        return Err(SqlError::new(
            5011,
            format!(
                "User does not have permission to alter database '{}', the database does not exist, or the database is not in a state that allows access checks.",
                catalog.database_name(id)
            ),
        )
        .class(14)
        .state(9)
        .followed_by(SqlError::new(5069, "ALTER DATABASE statement failed.")));
    }
    database_access::require_alterable(ctx.session, id)?;
    match action {
        AlterDatabaseAction::Set {
            options,
            termination,
        } => options.iter().try_for_each(|option| {
            if database_access::is_state(&option.name) {
                return database_access::set(ctx, id, &option.name, termination.as_deref(), sink);
            }
            set(ctx, id, option)
        }),
        AlterDatabaseAction::AddFilegroup { .. }
        | AlterDatabaseAction::AddFile { .. }
        | AlterDatabaseAction::RemoveFile(_)
        | AlterDatabaseAction::RemoveFilegroup(_)
        | AlterDatabaseAction::ModifyFilegroup { .. } => {
            filegroup::alter(ctx.session, id, action, sink)
        }
        AlterDatabaseAction::ModifyName(_) => {
            Err(SqlError::not_implemented("ALTER DATABASE MODIFY NAME"))
        }
        AlterDatabaseAction::Collate(_) => Err(SqlError::not_implemented("ALTER DATABASE COLLATE")),
        AlterDatabaseAction::Unsupported(what) => Err(SqlError::not_implemented(format_args!(
            "ALTER DATABASE {what}"
        ))),
    }
}

fn set(ctx: &ExecContext<'_>, id: i32, option: &NamedOption) -> Result<()> {
    let word = match &option.value {
        Some(OptionValue::Word(word) | OptionValue::Number(word)) => word.to_ascii_uppercase(),
        _ => String::new(),
    };
    let on = word == "ON";
    let catalog = &ctx.session.server.catalog;
    let name = option.name.to_ascii_uppercase();
    match name.as_str() {
        "RECOVERY" => {
            let model = match word.as_str() {
                "FULL" => RecoveryModel::Full,
                "SIMPLE" => RecoveryModel::Simple,
                _ => RecoveryModel::BulkLogged,
            };
            catalog.alter_database(id, |d| {
                d.recovery_model = model;
                if model == RecoveryModel::Simple {
                    // What was logged may be gone: a new chain begins with the next full backup.
                    d.log_chain = None;
                }
            });
        }
        "READ_COMMITTED_SNAPSHOT" => {
            catalog.alter_database(id, |d| d.read_committed_snapshot = on);
        }
        "ALLOW_SNAPSHOT_ISOLATION" => {
            catalog.alter_database(id, |d| d.snapshot_isolation = on);
        }
        "COMPATIBILITY_LEVEL" => {
            let level: u8 = word.parse().unwrap_or(0);
            if !matches!(level, 100 | 110 | 120 | 130 | 140 | 150 | 160 | 170) {
                return Err(SqlError::new(
                    15048,
                    "Valid values of the database compatibility level are 100, 110, 120, 130, 140, 150, 160, or 170.",
                ));
            }
            catalog.alter_database(id, |d| d.compatibility_level = level);
        }
        "MEMORY_OPTIMIZED_ELEVATE_TO_SNAPSHOT" => {
            catalog.alter_database(id, |d| d.memory_optimized_elevate_to_snapshot = on);
        }
        "QUERY_STORE" => {
            catalog.alter_database(id, |d| d.query_store = word != "OFF");
        }
        "AUTO_CREATE_STATISTICS" | "AUTO_UPDATE_STATISTICS" | "READ_WRITE" => {}
        "AUTO_UPDATE_STATISTICS_ASYNC" => {
            catalog.alter_database(id, |d| d.auto_update_statistics_async = on);
        }
        other => {
            return Err(SqlError::not_implemented(format_args!(
                "ALTER DATABASE SET {other}"
            )));
        }
    }
    Ok(())
}

pub(super) fn scoped_configuration(
    ctx: &mut ExecContext<'_>,
    name: &str,
    value: Option<&str>,
    clear: bool,
) -> Result<()> {
    if clear {
        return Ok(());
    }
    let upper = name.to_ascii_uppercase();
    if !SCOPED_CONFIGURATIONS
        .iter()
        .any(|(_, known, _)| *known == upper)
    {
        return Err(SqlError::not_implemented(format_args!(
            "scoped configuration {upper}"
        )));
    }
    if upper == "PREVIEW_FEATURES" && value.is_some_and(|v| v.eq_ignore_ascii_case("ON")) {
        return Err(SqlError::not_implemented("PREVIEW_FEATURES = ON"));
    }
    let value = match value.map(str::to_ascii_uppercase).as_deref() {
        Some("ON") => "1".to_owned(),
        Some("OFF") | None => "0".to_owned(),
        Some(other) => other.to_owned(),
    };
    ctx.session
        .server
        .state
        .database(ctx.session.database, |d| d.scoped.insert(upper, value));
    Ok(())
}
