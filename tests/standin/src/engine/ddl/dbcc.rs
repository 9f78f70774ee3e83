//! DBCC: a few commands, the others refused by name.

use crate::catalog::model::TableDef;
use crate::engine::frame::ExecContext;
use crate::engine::sysprocs::find_object;
use crate::error::{Result, SqlError};
use crate::protocol::{ColumnInfo, Done, ResultSink};
use crate::syntax::ast::{Expr, ExprKind};
use crate::types::{SqlType, Value};

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    command: &str,
    arguments: &[Expr],
    options: &[String],
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let command = command.to_ascii_uppercase();
    match command.as_str() {
        "FREEPROCCACHE" | "DROPCLEANBUFFERS" => {}
        "CHECKIDENT" => check_ident(ctx, arguments, options, sink)?,
        "USEROPTIONS" => user_options(ctx, sink)?,
        "OPENTRAN" if arguments.is_empty() => open_transactions(ctx, sink)?,
        other => return Err(SqlError::not_implemented(format_args!("DBCC {other}"))),
    }
    if options
        .iter()
        .any(|o| o.eq_ignore_ascii_case("NO_INFOMSGS"))
    {
        return Ok(());
    }
    sink.message(&info(
        2528,
        "DBCC execution completed. If DBCC printed error messages, contact your system administrator.",
    ))
}

fn info(number: i32, text: impl Into<String>) -> SqlError {
    SqlError::new(number, text).class(0)
}

/// A table's name, RESEED or NORESEED, a new value.
fn word(ctx: &mut ExecContext<'_>, expr: &Expr) -> Result<String> {
    if let ExprKind::Column(name) = &expr.kind {
        return Ok(super::target::written(name));
    }
    Ok(value(ctx, expr)?.as_text().unwrap_or_default().to_owned())
}

fn value(ctx: &mut ExecContext<'_>, expr: &Expr) -> Result<Value> {
    crate::engine::interpret::evaluate(ctx, expr)
        .map(|found| found.value)
        .map_err(|_| SqlError::not_implemented("a DBCC argument that is no constant"))
}

/// 7998 tells the value, 2501 an unknown table, 7997 one without an identity.
fn check_ident(
    ctx: &mut ExecContext<'_>,
    arguments: &[Expr],
    options: &[String],
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let Some(first) = arguments.first() else {
        return Err(SqlError::not_implemented("DBCC CHECKIDENT without a table"));
    };
    let name = word(ctx, first)?;
    let table = find_object(ctx.session, &name)
        .and_then(|(id, _)| ctx.session.server.store.table(id))
        .ok_or_else(|| {
            SqlError::new(
                2501,
                format!("Cannot find a table or object with the name \"{name}\". Check the system catalog."),
            )
            .state(45)
        })?;
    let def = table.def();
    if def.memory_optimized {
        return Err(SqlError::not_implemented(
            "DBCC CHECKIDENT of a memory-optimised table",
        ));
    }
    let Some(at) = def.columns.iter().position(|c| c.identity.is_some()) else {
        return Err(SqlError::new(
            7997,
            format!("'{}' does not contain an identity column.", def.name),
        ));
    };
    if !super::permission::allows(ctx.session, def.object_id, def.schema_id, "ALTER") {
        return Err(SqlError::new(
            2557,
            format!(
                "User '{}' does not have permission to run DBCC CHECKIDENT for object '{}'.",
                ctx.session.login.user, def.name
            ),
        )
        .class(14)
        .state(5));
    }
    let mode = match arguments.get(1) {
        Some(expr) => word(ctx, expr)?.to_ascii_uppercase(),
        None => "RESEED".to_owned(),
    };
    let new_value = match arguments.get(2) {
        Some(expr) => value(ctx, expr)?.as_integer(),
        None => None,
    };
    let quiet = options
        .iter()
        .any(|o| o.eq_ignore_ascii_case("NO_INFOMSGS"));
    let last = ctx.session.server.store.identity_last_value(def.object_id);
    let shown = |n: Option<i64>| n.map_or_else(|| "NULL".to_owned(), |n| n.to_string());
    if let (Some(new_value), "RESEED") = (new_value, mode.as_str()) {
        ctx.session.server.store.reseed(def.object_id, new_value)?;
        if !quiet {
            sink.message(&info(
                7998,
                format!(
                    "Checking identity information: current identity value '{}'.",
                    shown(last)
                ),
            ))?;
        }
        return Ok(());
    }
    let highest = highest(ctx, &def, at)?;
    if mode == "RESEED"
        && let Some(highest) = highest
        && last.is_none_or(|last| last < highest)
    {
        ctx.session.server.store.reseed(def.object_id, highest)?;
    }
    if quiet {
        return Ok(());
    }
    sink.message(&info(
        7998,
        format!(
            "Checking identity information: current identity value '{}', current column value '{}'.",
            shown(last),
            shown(highest)
        ),
    ))
}

/// The highest value of the identity column.
fn highest(ctx: &ExecContext<'_>, def: &TableDef, at: usize) -> Result<Option<i64>> {
    let Some(table) = ctx.session.server.store.table(def.object_id) else {
        return Ok(None);
    };
    let locks = ctx.session.lock_context(crate::locks::Hints {
        nolock: true,
        ..Default::default()
    });
    let rows = table
        .scan(&locks, crate::storage::Access::scan(vec![at]))?
        .collect_all()?;
    Ok(rows
        .iter()
        .filter_map(|(_, row)| row.first().and_then(Value::as_integer))
        .max())
}

fn column(name: &str, sql_type: SqlType) -> ColumnInfo {
    ColumnInfo {
        name: name.to_owned(),
        sql_type,
        nullable: true,
        identity: false,
        computed: false,
        updatable: false,
    }
}

fn user_options(ctx: &ExecContext<'_>, sink: &mut dyn ResultSink) -> Result<()> {
    use crate::protocol::IsolationLevel as Level;
    let options = &ctx.session.options;
    let mut rows: Vec<(&str, String)> = vec![
        ("textsize", options.textsize.to_string()),
        ("language", options.language.clone()),
        ("dateformat", "mdy".to_owned()),
        ("datefirst", options.datefirst.to_string()),
        (
            "lock_timeout",
            options.lock_timeout.unwrap_or(-1).to_string(),
        ),
    ];
    let flags = [
        ("quoted_identifier", options.quoted_identifier),
        ("arithabort", options.arithabort),
        ("nocount", options.nocount),
        ("ansi_null_dflt_on", true),
        ("ansi_warnings", options.ansi_warnings),
        ("ansi_padding", options.ansi_padding),
        ("ansi_nulls", options.ansi_nulls),
        ("concat_null_yields_null", options.concat_null_yields_null),
    ];
    rows.extend(
        flags
            .iter()
            .filter(|(_, on)| *on)
            .map(|(name, _)| (*name, "SET".to_owned())),
    );
    let level = match options.isolation {
        Level::ReadUncommitted => "read uncommitted",
        Level::ReadCommitted => "read committed",
        Level::RepeatableRead => "repeatable read",
        Level::Serializable => "serializable",
        Level::Snapshot => "snapshot",
    };
    rows.push(("isolation level", level.to_owned()));
    sink.columns(&[
        column("Set Option", SqlType::nvarchar(128)),
        column("Value", SqlType::nvarchar(128)),
    ])?;
    for (name, value) in &rows {
        sink.row(&[Value::nvarchar(name), Value::nvarchar(value)])?;
    }
    sink.done(Done {
        command: 0xC1,
        row_count: Some(rows.len() as u64),
        nocount: ctx.session.options.nocount,
        error: false,
        in_procedure: ctx.session.procedure_depth > 0,
    })
}

/// 7969, or the oldest transaction of the database in the lines that SQL Server prints.
fn open_transactions(ctx: &ExecContext<'_>, sink: &mut dyn ResultSink) -> Result<()> {
    let busy = {
        let sessions = ctx
            .session
            .server
            .sessions
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        sessions
            .values()
            .any(|s| s.database == ctx.session.database && s.transaction_count > 0)
    };
    if busy {
        return Err(SqlError::not_implemented(
            "DBCC OPENTRAN while transactions are open (see sys.dm_tran_session_transactions)",
        ));
    }
    sink.message(&info(7969, "No active open transactions."))
}
