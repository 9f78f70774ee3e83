//! ALTER TABLE ADD: columns, period, constraints.

use std::sync::Arc;

use crate::catalog::model::{ColumnDef, TableDef, TemporalRole};
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{ConstraintKind, TableBody};
use crate::types::{TypeName, Value};

use super::naming::not_created;
use super::table_body::{self, Adding, TableUse};
use super::{alter_constraint, alter_table, apply, binding, constraint, index, target, temporal};

pub(super) fn add(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    body: &TableBody,
    check: bool,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    if !body.columns.is_empty() {
        alter_table::refuse_on_history(ctx, table, 13550, "Add")?;
    }
    refuse_history_constraints(ctx, table, body)?;
    let empty = apply::is_empty(ctx.session, table);
    let history = alter_table::history_of(ctx, table);
    let mut def = (**table).clone();
    for syntax in &body.columns {
        if history.is_some() {
            refuse_while_versioned(ctx, syntax, history.as_deref())?;
        }
        table_body::add_column(ctx.session, &mut def, syntax, Adding::Alter)?;
        let Some(at) = def.column_ordinal(&syntax.name.text) else {
            continue;
        };
        let primary = syntax
            .constraints
            .iter()
            .any(|k| matches!(k.kind, ConstraintKind::Key { primary: true, .. }));
        if primary && syntax.nullable.is_none() {
            def.columns[at].nullable = false;
        }
        if syntax.generated.is_none() || def.columns[at].default.is_some() {
            fill_missing(ctx, &mut def, at, syntax.with_values, empty)?;
        }
    }
    if let Some((start, end)) = body.periods.first() {
        if def.period.is_some() {
            return Err(SqlError::new(
                13597,
                "Temporal 'GENERATED ALWAYS' column is already defined on the table.",
            ));
        }
        def.period = Some(temporal::period_of(&mut def, &start.text, &end.text)?);
    }
    constraint::add_keys(ctx.session, &mut def, body, Adding::Alter)?;
    table_body::bind_columns(ctx.session, &mut def, body)?;
    let (checks, foreign) = (def.checks.len(), def.foreign_keys.len());
    constraint::add_checks_and_foreign_keys(
        ctx.session,
        &mut def,
        body,
        Adding::Alter,
        TableUse::Permanent,
    )?;
    add_defaults(ctx, &mut def, body)?;
    index::add_inline(ctx.session, &mut def, body)?;
    for new in &mut def.checks[checks..] {
        new.not_trusted = !check;
    }
    for new in &mut def.foreign_keys[foreign..] {
        new.not_trusted = !check;
    }
    check_period_rows(ctx, table, &def, body)?;
    let def = apply::replace_table(ctx, def)?;
    if check {
        for new in &def.checks[checks..] {
            alter_constraint::verify_check(ctx, &def, new)?;
        }
        for new in &def.foreign_keys[foreign..] {
            alter_constraint::verify_foreign_key(ctx, &def, new)?;
        }
    }
    if let Some(history) = history
        && !body.columns.is_empty()
    {
        follow_in_history(ctx, &def, &history, body)?;
    }
    let _ = sink;
    Ok(())
}

fn refuse_history_constraints(
    ctx: &ExecContext<'_>,
    table: &TableDef,
    body: &TableBody,
) -> Result<()> {
    if !matches!(table.temporal, TemporalRole::History { .. }) {
        return Ok(());
    }
    let name = target::three_part(ctx.session, table);
    for constraint in &body.constraints {
        let error = match &constraint.kind {
            ConstraintKind::Key { primary: true, .. } => SqlError::new(
                13558,
                format!("Cannot add PRIMARY KEY constraint to a temporal history table '{name}'."),
            ),
            ConstraintKind::Check { .. } => SqlError::new(
                13564,
                format!(
                    "Adding CHECK constraint to a temporal history table '{name}' is not allowed."
                ),
            ),
            ConstraintKind::Key { .. } => SqlError::new(
                13557,
                format!("Cannot add UNIQUE KEY constraint to a temporal history table '{name}'."),
            ),
            ConstraintKind::ForeignKey { .. } => SqlError::new(
                13565,
                format!(
                    "Adding FOREIGN KEY constraint to a temporal history table '{name}' is not allowed."
                ),
            ),
            ConstraintKind::Default { .. } => continue,
        };
        return Err(not_created(error, 0));
    }
    Ok(())
}

fn refuse_while_versioned(
    ctx: &ExecContext<'_>,
    syntax: &crate::syntax::ast::ColumnSyntax,
    history: Option<&TableDef>,
) -> Result<()> {
    if syntax.computed.is_some() {
        return Err(SqlError::new(
            13724,
            "System-versioned table schema modification failed because adding computed column while system-versioning is ON is not supported.",
        ));
    }
    if syntax.identity.is_some() {
        let past = history.map_or_else(String::new, |h| target::three_part(ctx.session, h));
        return Err(SqlError::new(
            13704,
            format!(
                "System-versioned table schema modification failed because history table '{past}' has IDENTITY column specification. Consider dropping all IDENTITY column specifications and trying again."
            ),
        ));
    }
    Ok(())
}

/// What the rows that are there have in the new column: 4901 when there is nothing for them.
fn fill_missing(
    ctx: &mut ExecContext<'_>,
    def: &mut TableDef,
    at: usize,
    with_values: bool,
    empty: bool,
) -> Result<()> {
    let column: &ColumnDef = &def.columns[at];
    if column.computed.is_some() || (column.nullable && !with_values) {
        return Ok(());
    }
    if column.identity.is_some() {
        return if empty {
            Ok(())
        } else {
            Err(SqlError::not_implemented(
                "ADD of an identity column to a table with rows",
            ))
        };
    }
    if column.sql_type.name == TypeName::RowVersion && !empty {
        return Err(SqlError::not_implemented(
            "ADD of a rowversion column to a table with rows",
        ));
    }
    let Some(default) = &column.default else {
        if empty || column.nullable {
            return Ok(());
        }
        return Err(SqlError::new(
            4901,
            format!(
                "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition specified, or the column being added is an identity or timestamp column, or alternatively if none of the previous conditions are satisfied the table must be empty to allow addition of this column. Column '{}' cannot be added to non-empty table '{}' because it does not satisfy these conditions.",
                column.name, def.name
            ),
        ));
    };
    if empty {
        return Ok(());
    }
    let value = binding::default_value(ctx, &default.text, &column.sql_type)?;
    def.columns[at].missing_value = value;
    Ok(())
}

/// ADD [CONSTRAINT n] DEFAULT expr FOR column: 1752, 1781, 207-like 1752.
fn add_defaults(ctx: &ExecContext<'_>, def: &mut TableDef, body: &TableBody) -> Result<()> {
    for constraint in &body.constraints {
        let ConstraintKind::Default { expr, column, .. } = &constraint.kind else {
            continue;
        };
        let at = def.column_ordinal(&column.text).ok_or_else(|| {
            not_created(
                SqlError::new(
                    1752,
                    format!(
                        "Column '{}' in table '{}' is invalid for creating a default constraint.",
                        column.text, def.name
                    ),
                )
                .state(0),
                0,
            )
        })?;
        if def.columns[at].default.is_some() {
            return Err(not_created(
                SqlError::new(1781, "Column already has a DEFAULT bound to it."),
                0,
            ));
        }
        let name = constraint.name.as_ref().map(|n| n.text.as_str());
        let default = table_body::default(ctx.session, def, &def.columns[at], name, expr)?;
        def.columns[at].default = Some(default);
    }
    Ok(())
}

/// ADD PERIOD over rows: none may start in the future (13542), all must be open (13575).
fn check_period_rows(
    ctx: &ExecContext<'_>,
    old: &TableDef,
    def: &TableDef,
    body: &TableBody,
) -> Result<()> {
    let (Some(period), false) = (&def.period, body.periods.is_empty()) else {
        return Ok(());
    };
    let (Some(start), Some(end)) = (
        def.ordinal_of(period.start_column_id),
        def.ordinal_of(period.end_column_id),
    ) else {
        return Ok(());
    };
    let name = target::three_part(ctx.session, def);
    let rows = apply::all_rows(ctx.session, old)?;
    let now = super::now_ticks();
    let open = temporal::end_of_time(def.columns[end].sql_type.scale);
    let of = |row: &[Value], at: usize| match old.ordinal_of(def.columns[at].column_id) {
        Some(stored) => row[stored].clone(),
        None => def.columns[at].missing_value.clone(),
    };
    for row in &rows {
        if matches!(of(row, start), Value::DateTime2(from) if from > now) {
            return Err(temporal::aborting(
                SqlError::new(13542, format!("ADD PERIOD FOR SYSTEM_TIME on table '{name}' failed because there are open records with start of period set to a value in the future.")).state(0),
            ));
        }
        if matches!(of(row, end), Value::DateTime2(to) if to != open) {
            return Err(temporal::aborting(
                SqlError::new(13575, format!("ADD PERIOD FOR SYSTEM_TIME failed because table '{name}' contains records where end of period is not equal to MAX datetime.")).state(0),
            ));
        }
    }
    Ok(())
}

/// The new columns, plain, in the history table too.
fn follow_in_history(
    ctx: &mut ExecContext<'_>,
    def: &TableDef,
    history: &TableDef,
    body: &TableBody,
) -> Result<()> {
    let mut past = history.clone();
    for syntax in &body.columns {
        let Some(at) = def.column_ordinal(&syntax.name.text) else {
            continue;
        };
        let mut column = def.columns[at].clone();
        column.column_id = past.next_column_id;
        column.default = None;
        column.hidden = false;
        past.next_column_id += 1;
        past.columns.push(column);
    }
    apply::replace_table(ctx, past).map(|_| ())
}
