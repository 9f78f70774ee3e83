//! PERIOD FOR SYSTEM_TIME and SYSTEM_VERSIONING.

use std::sync::Arc;

use crate::catalog::model::{GeneratedAlways, PeriodDef, TableDef, TemporalRole};
use crate::engine::frame::ExecContext;
use crate::error::{ErrorKind, Result, SqlError};
use crate::syntax::ast::{GeneratedWord, Ident, NamedOption, ObjectName, OptionValue, TableBody};
use crate::types::TypeName;

use super::{apply, target, temporal_history};

/// The largest datetime2 of a precision.
pub(super) fn end_of_time(scale: u8) -> i64 {
    const MAX_TICKS: i64 = 3_155_378_975_999_999_999;
    let unit = 10_i64.pow(7 - u32::from(scale.min(7)));
    MAX_TICKS / unit * unit
}

/// What a body says of its period, before anything is looked up: these refuse the whole batch.
pub(super) fn check_period_syntax(body: &TableBody, create: bool) -> Result<()> {
    let generated = |word| {
        body.columns
            .iter()
            .filter(move |c| c.generated == Some(word))
    };
    let error = |number: i32, text: &str| Err(SqlError::new(number, text).compile());
    if generated(GeneratedWord::RowStart).count() > 1 {
        return error(
            13502,
            "System-versioned table cannot have more than one 'GENERATED ALWAYS AS ROW START' column.",
        );
    }
    if generated(GeneratedWord::RowEnd).count() > 1 {
        return error(
            13503,
            "System-versioned table cannot have more than one 'GENERATED ALWAYS AS ROW END' column.",
        );
    }
    if body.periods.len() > 1 {
        return error(
            13508,
            "System-versioned table cannot have more than one SYSTEM_TIME period definition.",
        );
    }
    let start = generated(GeneratedWord::RowStart).next();
    let end = generated(GeneratedWord::RowEnd).next();
    let Some((from, to)) = body.periods.first() else {
        if let Some(column) = start.or(end) {
            let _ = column;
            return error(
                13509,
                "Cannot create generated always column when SYSTEM_TIME period is not defined.",
            );
        }
        return Ok(());
    };
    if !create && start.is_none() && end.is_none() {
        return Ok(());
    }
    match (start, end) {
        (None, _) => {
            return error(
                13505,
                "System versioned table definition is missing the 'GENERATED ALWAYS AS ROW START' column.",
            );
        }
        (_, None) => {
            return error(
                13504,
                "System versioned table definition is missing the 'GENERATED ALWAYS AS ROW END' column.",
            );
        }
        (Some(start), Some(end)) => {
            if !start.name.text.eq_ignore_ascii_case(&from.text) {
                return error(
                    13506,
                    "Period definition start column does not match the 'GENERATED ALWAYS AS ROW START' column.",
                );
            }
            if !end.name.text.eq_ignore_ascii_case(&to.text) {
                return error(
                    13507,
                    "Period definition end column does not match the 'GENERATED ALWAYS AS ROW END' column.",
                );
            }
            for column in [start, end] {
                if column.nullable == Some(true) {
                    return Err(nullable_period(&column.name.text).compile());
                }
            }
        }
    }
    Ok(())
}

fn nullable_period(column: &str) -> SqlError {
    SqlError::new(
        13587,
        format!(
            "Period column '{column}' in a system-versioned temporal table cannot be nullable."
        ),
    )
}

/// The period over two columns of a table: 4924, 13501, 13587, 13513.
pub(super) fn period_of(table: &mut TableDef, start: &str, end: &str) -> Result<PeriodDef> {
    let mut found = [0; 2];
    for (at, name) in [start, end].into_iter().enumerate() {
        let ordinal = table.column_ordinal(name).ok_or_else(|| {
            SqlError::new(
                4924,
                format!("ALTER TABLE ADD PERIOD failed because column '{name}' does not exist in table '{}'.", table.name),
            )
        })?;
        let column = &table.columns[ordinal];
        if column.sql_type.name != TypeName::DateTime2 {
            return Err(SqlError::new(
                13501,
                format!(
                    "Temporal generated always column '{}' has invalid data type.",
                    column.name
                ),
            ));
        }
        if column.nullable {
            return Err(nullable_period(&column.name));
        }
        found[at] = ordinal;
    }
    if table.columns[found[0]].sql_type.scale != table.columns[found[1]].sql_type.scale {
        return Err(SqlError::new(
            13513,
            "SYSTEM_TIME period columns cannot have different datatype precision.",
        ));
    }
    table.columns[found[0]].generated = Some(GeneratedAlways::RowStart);
    table.columns[found[1]].generated = Some(GeneratedAlways::RowEnd);
    Ok(PeriodDef {
        start_column_id: table.columns[found[0]].column_id,
        end_column_id: table.columns[found[1]].column_id,
    })
}

/// What SET (SYSTEM_VERSIONING = ON (...)) asks.
pub(super) struct Versioning<'a> {
    pub history: Option<&'a ObjectName>,
    pub consistency_check: bool,
    pub retention: Option<(i32, String)>,
    /// Of CREATE TABLE: 13510 has another state.
    pub create: bool,
}

pub(super) fn versioning_of_create(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    option: &NamedOption,
) -> Result<()> {
    if matches!(&option.value, Some(OptionValue::Word(w)) if w.eq_ignore_ascii_case("OFF")) {
        return Ok(());
    }
    let nested = |name: &str| {
        option
            .nested
            .iter()
            .find(|o| o.name.eq_ignore_ascii_case(name))
    };
    let history = match nested("HISTORY_TABLE").and_then(|o| o.value.as_ref()) {
        Some(OptionValue::Name(name)) => Some(name.clone()),
        Some(OptionValue::Word(word)) => Some(ObjectName {
            parts: word
                .split('.')
                .map(|p| Ident {
                    text: p.to_owned(),
                    quoted: false,
                    span: option.span,
                })
                .collect(),
        }),
        _ => None,
    };
    let consistency_check = nested("DATA_CONSISTENCY_CHECK").is_none_or(super::index::is_on);
    let retention = nested("HISTORY_RETENTION_PERIOD").and_then(retention_of);
    let request = Versioning {
        history: history.as_ref(),
        consistency_check,
        retention,
        create: true,
    };
    switch_on(ctx, table, &request)
}

/// `6 MONTHS` or INFINITE.
fn retention_of(option: &NamedOption) -> Option<(i32, String)> {
    match &option.value {
        Some(OptionValue::Number(number)) => {
            let unit = option.nested.iter().find_map(|o| match &o.value {
                Some(OptionValue::Word(word)) => Some(word.as_str()),
                _ => None,
            })?;
            super::alter_table::retention_of(Some(number), unit)
        }
        Some(OptionValue::Word(word)) => super::alter_table::retention_of(None, word),
        _ => None,
    }
}

/// Ends the batch when nothing catches it.
pub(super) fn aborting(error: SqlError) -> SqlError {
    error.kind(ErrorKind::BatchAborting)
}

pub(super) fn switch_on(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    request: &Versioning<'_>,
) -> Result<()> {
    let name = target::three_part(ctx.session, table);
    if let Some(history) = request.history
        && history.parts.len() != 2
    {
        return Err(SqlError::new(
            13539,
            format!(
                "Setting SYSTEM_VERSIONING to ON failed because history table '{}' is not specified in two-part name format.",
                target::written(history)
            ),
        )
        .class(15)
        .compile());
    }
    if let TemporalRole::Current { history } = table.temporal {
        return already_on(ctx, table, history, request, &name);
    }
    if let TemporalRole::History { .. } = table.temporal {
        return Err(aborting(SqlError::new(
            13566,
            format!("Temporal table '{name}' is already in use."),
        )));
    }
    let Some(period) = table.period.clone() else {
        return Err(SqlError::new(
            13510,
            "Cannot set SYSTEM_VERSIONING to ON when SYSTEM_TIME period is not defined.",
        )
        .state(if request.create { 2 } else { 1 }));
    };
    let has_primary = table
        .indexes
        .iter()
        .any(|i| i.constraint.as_ref().is_some_and(|c| c.primary));
    if !has_primary {
        return Err(aborting(SqlError::new(
            13553,
            format!("System versioned temporal table '{name}' must have primary key defined."),
        )));
    }
    if table.foreign_keys.iter().any(|k| {
        k.on_delete != crate::catalog::model::ReferentialAction::NoAction
            || k.on_update != crate::catalog::model::ReferentialAction::NoAction
    }) {
        return Err(SqlError::new(
            13582,
            format!(
                "Setting SYSTEM_VERSIONING to ON failed because table '{name}' has a FOREIGN KEY with cascading DELETE or UPDATE."
            ),
        ));
    }
    let history = temporal_history::provide(ctx, table, &period, request)?;
    let mut past = (*history).clone();
    past.temporal = TemporalRole::History {
        current: table.object_id,
    };
    apply::replace_table(ctx, past)?;
    let mut current = (**table).clone();
    current.temporal = TemporalRole::Current {
        history: history.object_id,
    };
    current.history_retention.clone_from(&request.retention);
    apply::replace_table(ctx, current).map(|_| ())
}

/// ON again: retention may change, the history table may not. 13595, 13596, 13757.
fn already_on(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    history: i32,
    request: &Versioning<'_>,
    name: &str,
) -> Result<()> {
    if request.retention.is_some() && request.history.is_none() {
        let mut def = (**table).clone();
        def.history_retention.clone_from(&request.retention);
        return apply::replace_table(ctx, def).map(|_| ());
    }
    let Some(wanted) = request.history else {
        return Err(SqlError::new(
            13596,
            format!("SYSTEM_VERSIONING is already turned ON for table '{name}'."),
        ));
    };
    match target::table(ctx, wanted)? {
        None => Err(SqlError::new(
            13757,
            format!(
                "Cannot find object '{}'. Table '{name}' is already system-versioned.",
                target::written(wanted)
            ),
        )),
        Some(found) if found.object_id != history => Err(SqlError::new(
            13595,
            format!(
                "Table '{name}' already has SYSTEM_VERSIONING turned ON with another history table."
            ),
        )),
        Some(_) => Ok(()),
    }
}

/// SET (SYSTEM_VERSIONING = OFF): both become ordinary tables; 13591 when it was not on.
pub(super) fn switch_off(ctx: &mut ExecContext<'_>, table: &Arc<TableDef>) -> Result<()> {
    let TemporalRole::Current { history } = table.temporal else {
        let name = target::three_part(ctx.session, table);
        return Err(SqlError::new(
            13591,
            format!("SYSTEM_VERSIONING is not turned ON for table '{name}'."),
        ));
    };
    let mut current = (**table).clone();
    current.temporal = TemporalRole::None;
    current.history_retention = None;
    apply::replace_table(ctx, current)?;
    if let Some(past) = ctx.session.server.store.table(history) {
        let mut past = (*past.def()).clone();
        past.temporal = TemporalRole::None;
        apply::replace_table(ctx, past)?;
    }
    Ok(())
}
