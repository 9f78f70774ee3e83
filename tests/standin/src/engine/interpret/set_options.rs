//! SET options.

use crate::error::{Result, SqlError};
use crate::protocol::{EnvChange, IsolationLevel, ResultSink};
use crate::syntax::ast::{ExprKind, SetOption, SetOptionValue};
use crate::types::{SqlType, Value};

use super::expressions::{evaluate, scalar_as};
use super::raise::{integer, text};
use crate::engine::frame::ExecContext;
use crate::engine::messages;
use crate::engine::resolve::Resolved;

pub(super) fn apply(
    ctx: &mut ExecContext<'_>,
    option: &SetOption,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    ctx.frame.plans.forget();
    match &option.value {
        SetOptionValue::On | SetOptionValue::Off if option.name == "IDENTITY_INSERT" => {
            identity_insert(ctx, option)
        }
        SetOptionValue::On => switch(ctx, &option.name, true),
        SetOptionValue::Off => switch(ctx, &option.name, false),
        SetOptionValue::Word(word) => word_option(ctx, &option.name, word, sink),
        SetOptionValue::Expr(expr) => {
            let value = match option.name.as_str() {
                "CONTEXT_INFO" => scalar_as(ctx, expr, &SqlType::varbinary(128))?,
                name => {
                    let variable = matches!(expr.kind, ExprKind::Variable(_));
                    let given = evaluate(ctx, expr)?;
                    checked(name, given.value, &given.sql_type, variable)?
                }
            };
            value_option(ctx, &option.name, &value, sink)
        }
    }
}

fn requires(option: &str, what: &str, state: u8) -> SqlError {
    SqlError::new(
        2743,
        format!("SET {option} statement requires {what} parameter."),
    )
    .state(state)
}

/// 2755.
fn wrong_priority() -> SqlError {
    SqlError::new(
        2755,
        "SET DEADLOCK_PRIORITY option is invalid. Valid options are {HIGH | NORMAL | LOW | [-10 ... 10] of type integer}.",
    )
}

/// The value that an option gets, or what is wrong with its type: 507, 2743, 2755.
fn checked(option: &str, value: Value, sql_type: &SqlType, variable: bool) -> Result<Value> {
    let integer = sql_type.name.is_integer() && !value.is_null();
    let characters = sql_type.name.is_character() && !value.is_null();
    match option {
        "LANGUAGE" | "DATEFORMAT" if !characters => Err(requires(option, "character string", 2)),
        "DATEFIRST" if !integer => Err(requires(option, "integer", 3)),
        "DEADLOCK_PRIORITY" => priority(&value, variable).map(Value::BigInt),
        "ROWCOUNT" if !integer => Err(SqlError::new(
            507,
            "Invalid argument for SET ROWCOUNT. Must be a non-null non-negative integer.",
        )),
        "ROWCOUNT" | "DATEFIRST" | "TEXTSIZE" | "LOCK_TIMEOUT" => {
            Ok(value.as_integer().map_or(value, Value::BigInt))
        }
        _ => Ok(value),
    }
}

/// LOW, NORMAL, HIGH or -10 to 10, as a number or as text; a variable that is NULL is NORMAL.
fn priority(value: &Value, variable: bool) -> Result<i64> {
    let number = match value {
        Value::Null if variable => Some(0),
        Value::VarChar(word) | Value::NVarChar(word) => {
            match word.trim().to_ascii_uppercase().as_str() {
                "LOW" => Some(-5),
                "NORMAL" => Some(0),
                "HIGH" => Some(5),
                other => other.parse().ok(),
            }
        }
        Value::TinyInt(_) | Value::SmallInt(_) | Value::Int(_) | Value::BigInt(_) => {
            value.as_integer()
        }
        _ => None,
    };
    number
        .filter(|n| (-10..=10).contains(n))
        .ok_or_else(wrong_priority)
}

fn switch(ctx: &mut ExecContext<'_>, name: &str, on: bool) -> Result<()> {
    let in_module = ctx.frame.module.is_some();
    let options = &mut ctx.session.options;
    match name {
        // Decided while the batch is parsed; a module keeps what it was created with.
        "QUOTED_IDENTIFIER" if in_module => {}
        "QUOTED_IDENTIFIER" => options.quoted_identifier = on,
        "ANSI_NULLS" if in_module => {}
        "ANSI_NULLS" => options.ansi_nulls = on,
        "ANSI_PADDING" => options.ansi_padding = on,
        "ANSI_WARNINGS" => options.ansi_warnings = on,
        // Either turns the other off.
        "ANSI_NULL_DFLT_ON" => {
            options.ansi_null_dflt_on = on;
            options.ansi_null_dflt_off &= !on;
        }
        "ANSI_NULL_DFLT_OFF" => {
            options.ansi_null_dflt_off = on;
            options.ansi_null_dflt_on &= !on;
        }
        "ANSI_DEFAULTS" => {
            options.ansi_nulls = on;
            options.ansi_null_dflt_on = on;
            options.ansi_padding = on;
            options.ansi_warnings = on;
            options.quoted_identifier = on;
            options.cursor_close_on_commit = on;
            options.implicit_transactions = on;
        }
        "ARITHABORT" => options.arithabort = on,
        "ARITHIGNORE" => options.arithignore = on,
        "CONCAT_NULL_YIELDS_NULL" => options.concat_null_yields_null = on,
        "NUMERIC_ROUNDABORT" => options.numeric_roundabort = on,
        "CURSOR_CLOSE_ON_COMMIT" => options.cursor_close_on_commit = on,
        "XACT_ABORT" => options.xact_abort = on,
        "NOCOUNT" => options.nocount = on,
        "NOEXEC" => options.noexec = on,
        "PARSEONLY" => options.parseonly = on,
        "IMPLICIT_TRANSACTIONS" => options.implicit_transactions = on,
        "FMTONLY" => options.fmtonly = on,
        "FORCEPLAN" | "REMOTE_PROC_TRANSACTIONS" => {}
        _ if !on => {}
        other => return Err(SqlError::not_implemented(format!("SET {other}"))),
    }
    Ok(())
}

fn identity_insert(ctx: &mut ExecContext<'_>, option: &SetOption) -> Result<()> {
    let Some(name) = &option.table else {
        return Err(SqlError::not_implemented(
            "SET IDENTITY_INSERT without a table",
        ));
    };
    let shown = crate::engine::resolve::written(name);
    let Some(Resolved::Table(table)) = ctx.session.resolve(Some(ctx.frame), name)? else {
        return Err(SqlError::new(
            1088,
            format!(
                "Cannot find the object \"{shown}\" because it does not exist or you do not have permissions."
            ),
        )
        .state(11));
    };
    if !table.columns.iter().any(|column| column.identity.is_some()) {
        return Err(SqlError::new(
            8106,
            format!(
                "Table '{shown}' does not have the identity property. Cannot perform SET operation."
            ),
        ));
    }
    if matches!(option.value, SetOptionValue::Off) {
        if ctx.session.options.identity_insert == Some(table.object_id) {
            ctx.session.options.identity_insert = None;
        }
        return Ok(());
    }
    if let Some(other) = ctx.session.options.identity_insert
        && other != table.object_id
    {
        let other = ctx.session.full_name_of(other);
        return Err(SqlError::new(
            8107,
            format!(
                "IDENTITY_INSERT is already ON for table '{other}'. Cannot perform SET operation for table '{shown}'."
            ),
        ));
    }
    ctx.session.options.identity_insert = Some(table.object_id);
    Ok(())
}

fn word_option(
    ctx: &mut ExecContext<'_>,
    name: &str,
    word: &str,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let upper = word.to_ascii_uppercase();
    match (name, upper.as_str()) {
        ("TRANSACTION ISOLATION LEVEL", level) => {
            let level = match level {
                "READ UNCOMMITTED" => IsolationLevel::ReadUncommitted,
                "READ COMMITTED" => IsolationLevel::ReadCommitted,
                "REPEATABLE READ" => IsolationLevel::RepeatableRead,
                "SERIALIZABLE" => IsolationLevel::Serializable,
                "SNAPSHOT" => IsolationLevel::Snapshot,
                _ => return Err(SqlError::syntax(word, ctx.frame.line)),
            };
            isolation(ctx, level)
        }
        ("DEADLOCK_PRIORITY", _) => {
            let number = priority(&Value::nvarchar(word), false)?;
            value_option(ctx, name, &Value::BigInt(number), sink)
        }
        _ => {
            let value = match word.parse::<i64>() {
                Ok(n) => Value::BigInt(n),
                Err(_) => Value::nvarchar(word),
            };
            value_option(ctx, name, &value, sink)
        }
    }
}

/// A transaction that goes on keeps the level that it began with in mind: 3951 at its next access.
fn isolation(ctx: &mut ExecContext<'_>, level: IsolationLevel) -> Result<()> {
    ctx.session.options.isolation = level;
    Ok(())
}

fn value_option(
    ctx: &mut ExecContext<'_>,
    name: &str,
    value: &Value,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let number = match value {
        Value::BigInt(n) => *n,
        other => integer(other.clone()).map_or(0, i64::from),
    };
    let options = &mut ctx.session.options;
    match name {
        "LOCK_TIMEOUT" => {
            let wait = i32::try_from(number).unwrap_or(i32::MAX);
            options.lock_timeout = (wait >= 0).then_some(wait);
        }
        "DEADLOCK_PRIORITY" => {
            options.deadlock_priority = i32::try_from(number.clamp(-10, 10)).unwrap_or(0);
        }
        "ROWCOUNT" => options.rowcount = number,
        "TEXTSIZE" => {
            options.textsize = match number {
                0 => 4096,
                n if n < 0 => i32::MAX,
                n => i32::try_from(n).unwrap_or(i32::MAX),
            };
        }
        "DATEFIRST" => {
            let day = u8::try_from(number)
                .ok()
                .filter(|day| (1..=7).contains(day));
            options.datefirst = day.ok_or_else(|| {
                SqlError::new(2742, format!("SET DATEFIRST {number} is out of range."))
            })?;
        }
        "DATEFORMAT" => {
            let order = text(value).to_ascii_lowercase();
            if !["mdy", "dmy", "ymd", "ydm", "myd", "dym"].contains(&order.as_str()) {
                return Err(SqlError::new(
                    2741,
                    format!("SET DATEFORMAT date order '{}' is invalid.", text(value)),
                ));
            }
            if order != "mdy" {
                return Err(SqlError::not_implemented(format!("SET DATEFORMAT {order}")));
            }
            options.dateformat = order;
        }
        "CONTEXT_INFO" => {
            ctx.session.context_info = match value {
                Value::Binary(bytes) => Some(bytes.clone()),
                _ => None,
            };
        }
        "LANGUAGE" => {
            let new = text(value);
            if !new.eq_ignore_ascii_case("us_english") && !new.eq_ignore_ascii_case("English") {
                return Err(SqlError::not_implemented(format!("SET LANGUAGE {new}")));
            }
            sink.env_change(&EnvChange::Language {
                new: "us_english".to_owned(),
                old: ctx.session.options.language.clone(),
            })?;
            let changed = messages::info(5703, 1, "Changed language setting to us_english.");
            sink.message(&messages::locate(ctx.frame, changed))?;
        }
        "QUERY_GOVERNOR_COST_LIMIT" => {}
        other => return Err(SqlError::not_implemented(format!("SET {other}"))),
    }
    Ok(())
}
