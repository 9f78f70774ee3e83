//! SELECT: to the client, into variables, into a new table.

use crate::error::Result;
use crate::error::SqlError;
use crate::protocol::{ColumnInfo, Done, EXECUTE, EnvChange, ResultSink};
use crate::query::{self, BoundSelect};
use crate::syntax::ast::SelectStatement;
use crate::types::{SqlType, Value};

use super::leaf::Count;
use crate::engine::frame::ExecContext;
use crate::engine::{conversion, dml, plans, statement};

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    select: &SelectStatement,
    sink: &mut dyn ResultSink,
) -> Result<Count> {
    let into = statement::has_into(&select.query.body);
    if into {
        ctx.session.refuse_if_doomed()?;
    }
    statement::within(ctx, |ctx| {
        let bound = plans::select(ctx, select)?;
        if let Some(target) = &bound.into {
            let rows = dml::select_into::run(ctx, target, &bound)?;
            return Ok(Count::Done(i64::try_from(rows).ok()));
        }
        if let Some(assignments) = &bound.assignments {
            let rows = assign(ctx, &bound, assignments)?;
            return Ok(Count::Assigned(rows));
        }
        let rows = run_query(ctx, &bound, sink)?;
        Ok(Count::Done(i64::try_from(rows).ok()))
    })
}

/// Streams a query's rows to the client.
pub(crate) fn run_query(
    ctx: &mut ExecContext<'_>,
    bound: &BoundSelect,
    sink: &mut dyn ResultSink,
) -> Result<u64> {
    sink.columns(&bound.columns)?;
    let limit = usize::try_from(ctx.session.options.textsize).unwrap_or(usize::MAX);
    let large: Vec<usize> = bound
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.sql_type.is_max() || column.sql_type.name.is_legacy_lob())
        .map(|(at, _)| at)
        .collect();
    if large.is_empty() || limit == i32::MAX as usize {
        return query::execute(ctx, bound, &mut |_, row| sink.row(row));
    }
    query::execute(ctx, bound, &mut |_, row| {
        let mut cut = row.to_vec();
        for at in &large {
            cut[*at] = shortened(&row[*at], limit);
        }
        sink.row(&cut)
    })
}

/// SET TEXTSIZE: a large value goes to the client up to so many bytes.
fn shortened(value: &Value, limit: usize) -> Value {
    match value {
        Value::VarChar(text) if text.chars().count() > limit => {
            Value::varchar(text.chars().take(limit).collect::<String>())
        }
        Value::NVarChar(text) if text.encode_utf16().count() > limit / 2 => {
            let units: Vec<u16> = text.encode_utf16().take(limit / 2).collect();
            Value::nvarchar(String::from_utf16_lossy(&units))
        }
        Value::Binary(bytes) if bytes.len() > limit => Value::binary(&bytes[..limit]),
        other => other.clone(),
    }
}

/// `SELECT @a = x, @b = y`: every row assigns from left to right, the last one stays; no row leaves the variables alone.
fn assign(
    ctx: &mut ExecContext<'_>,
    bound: &BoundSelect,
    assignments: &[query::Assignment],
) -> Result<i64> {
    let mut targets: Vec<(usize, SqlType, SqlType)> = Vec::with_capacity(assignments.len());
    for (assignment, column) in assignments.iter().zip(&bound.columns) {
        let slot = ctx
            .frame
            .variables
            .slot(&assignment.variable)
            .ok_or_else(|| super::variables::undeclared(&assignment.variable))?;
        let target = ctx.frame.variables.get(slot).sql_type.clone();
        targets.push((slot, column.sql_type.clone(), target));
    }
    let rows = query::execute_assigning(ctx, bound, &mut |ctx, at, value| {
        if let Some((slot, from, to)) = targets.get(at) {
            let value = conversion::to_variable(value, from, to)?;
            ctx.frame.variables.set(*slot, value);
        }
        Ok(())
    })?;
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}

/// Takes result rows instead of the client (INSERT ... EXEC); messages pass through.
pub(crate) struct CollectedRows<'s> {
    pub outer: &'s mut dyn ResultSink,
    pub sets: Vec<(Vec<ColumnInfo>, Vec<Vec<Value>>)>,
}

impl<'s> CollectedRows<'s> {
    pub(crate) fn new(outer: &'s mut dyn ResultSink) -> Self {
        Self {
            outer,
            sets: Vec::new(),
        }
    }
}

impl ResultSink for CollectedRows<'_> {
    fn columns(&mut self, columns: &[ColumnInfo]) -> Result<()> {
        self.sets.push((columns.to_vec(), Vec::new()));
        Ok(())
    }

    fn row(&mut self, values: &[Value]) -> Result<()> {
        if let Some((_, rows)) = self.sets.last_mut() {
            rows.push(values.to_vec());
        }
        Ok(())
    }

    /// The rows went to the table: the statements of the body end without a count, the call itself not at all.
    fn done(&mut self, done: Done) -> Result<()> {
        if done.command == EXECUTE && !done.in_procedure {
            return Ok(());
        }
        self.outer.done(Done {
            row_count: None,
            ..done
        })
    }

    fn message(&mut self, message: &SqlError) -> Result<()> {
        self.outer.message(message)
    }

    fn env_change(&mut self, change: &EnvChange) -> Result<()> {
        self.outer.env_change(change)
    }

    fn return_status(&mut self, _: i32) -> Result<()> {
        Ok(())
    }

    fn return_value(&mut self, _: u16, _: &str, _: &SqlType, _: &Value) -> Result<()> {
        Ok(())
    }
}
