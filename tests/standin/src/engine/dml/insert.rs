//! INSERT.

use std::sync::Arc;

use crate::catalog::model::TableDef;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::query::{self, BindContext, BoundExpr, BoundSelect, Scope};
use crate::syntax::ast::{Execute, Expr, ExprKind, Insert, InsertSource, SelectStatement, Top};
use crate::types::{SqlType, Value};

use super::insert_columns::{Columns, one_of, wrong_count};
use super::insert_row::complete;
use super::output::{OutputPlan, Sides};
use super::target::{self, Target, Verb};
use super::writer::{Enforce, Writer};
use crate::engine::frame::ExecContext;
use crate::engine::interpret::CollectedRows;
use crate::engine::{call, statement};

/// Where the rows come from.
enum Source {
    Query(Box<BoundSelect>),
    /// Rows of expressions; None is DEFAULT.
    Rows(Vec<Vec<Option<BoundExpr>>>),
    Defaults,
}

struct Plan {
    target: Target,
    columns: Columns,
    source: Source,
}

pub(super) fn check(ctx: &mut ExecContext<'_>, insert: &Insert) -> Result<()> {
    plan(ctx, insert).map(|_| ())
}

fn plan(ctx: &ExecContext<'_>, insert: &Insert) -> Result<Plan> {
    let target = target::find(ctx.session, ctx.frame, &insert.target, Verb::Insert)?;
    let mut columns = match Columns::of_insert(&target.def, &insert.columns) {
        Ok(columns) => columns,
        Err(refused) => return Err(after_source(ctx, insert, refused)),
    };
    let source = match &insert.source {
        InsertSource::DefaultValues => {
            columns.ordinals.clear();
            Source::Defaults
        }
        InsertSource::Values(rows) => {
            let source = bind_values(ctx, insert, &target.def, &columns, rows);
            check_values(ctx, &target.def, &columns, rows, source)?
        }
        InsertSource::Query(query) => {
            let bound = bind_query(ctx, insert, query)?;
            columns.check_width(&target.def, bound.columns.len(), true)?;
            columns.check_generated(ctx.session, &target.def, &|_| false, &|_| false)?;
            check_types(&target, &columns, &bound)?;
            Source::Query(Box::new(bound))
        }
        InsertSource::Execute(_) if insert.output.is_some() => {
            return Err(SqlError::new(
                483,
                "The OUTPUT clause cannot be used in an INSERT...EXEC statement.",
            )
            .state(2)
            .compile());
        }
        InsertSource::Execute(_) => {
            columns.check_generated(ctx.session, &target.def, &|_| false, &|_| false)?;
            Source::Defaults
        }
    };
    if matches!(insert.source, InsertSource::DefaultValues) {
        columns.check_generated(ctx.session, &target.def, &|_| true, &|_| false)?;
    }
    Ok(Plan {
        target,
        columns,
        source,
    })
}

fn bind_query(
    ctx: &ExecContext<'_>,
    insert: &Insert,
    query: &crate::syntax::ast::Query,
) -> Result<BoundSelect> {
    let select = SelectStatement {
        with: insert.with.clone(),
        query: query.clone(),
        options: insert.options.clone(),
    };
    query::bind_select(&BindContext::new(ctx.session, ctx.frame), &select)
}

/// Unknown columns are reported behind the unknown names of the source; a query of another width comes before all.
fn after_source(ctx: &ExecContext<'_>, insert: &Insert, refused: SqlError) -> SqlError {
    let mut errors = Vec::new();
    match &insert.source {
        InsertSource::Query(query) => match bind_query(ctx, insert, query) {
            Ok(bound) if bound.columns.len() != insert.columns.len() => {
                let listed = Columns {
                    ordinals: vec![0; insert.columns.len()],
                    listed: true,
                };
                let given = bound.columns.len();
                return match target::find(ctx.session, ctx.frame, &insert.target, Verb::Insert) {
                    Ok(target) => listed
                        .check_width(&target.def, given, true)
                        .err()
                        .unwrap_or(refused),
                    Err(error) => error,
                };
            }
            Ok(_) => {}
            Err(error) => errors.push(error),
        },
        InsertSource::Values(rows) => {
            let cells: Vec<&Expr> = rows
                .iter()
                .flatten()
                .filter(|cell| !matches!(cell.kind, ExprKind::Default))
                .collect();
            let cx = BindContext::new(ctx.session, ctx.frame);
            errors.extend(query::bind_scalars(&cx, &Scope::empty(), &cells).err());
        }
        _ => {}
    }
    errors.push(refused.clone());
    one_of(errors).unwrap_or(refused)
}

/// Names come before the number of values, and that before the columns that the server fills itself.
fn check_values(
    ctx: &ExecContext<'_>,
    def: &TableDef,
    columns: &Columns,
    rows: &[Vec<Expr>],
    source: Result<Source>,
) -> Result<Source> {
    let names = |e: &SqlError| matches!(e.number, 207 | 209 | 4104);
    let width = check_widths(def, columns, rows);
    match (source, width) {
        (Err(error), Err(width)) if names(&error) => {
            Err(one_of(vec![error, width.clone()]).unwrap_or(width))
        }
        (Err(error), _) if names(&error) || error.class == 15 => Err(error),
        (_, Err(width)) => Err(width),
        (source, Ok(())) => {
            let is_default = |row: &Vec<Expr>, at: usize| {
                row.get(at)
                    .is_some_and(|cell| matches!(cell.kind, ExprKind::Default))
            };
            columns.check_generated(
                ctx.session,
                def,
                &|at| rows.iter().all(|row| is_default(row, at)),
                &|at| rows.iter().any(|row| is_default(row, at)),
            )?;
            source
        }
    }
}

fn check_widths(def: &TableDef, columns: &Columns, rows: &[Vec<Expr>]) -> Result<()> {
    let first = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != first) {
        return Err(SqlError::new(
            10709,
            "The number of columns for each row in a table value constructor must be the same.",
        )
        .compile());
    }
    columns.check_width(def, first, false)
}

fn check_types(target: &Target, columns: &Columns, bound: &BoundSelect) -> Result<()> {
    for (at, (ordinal, column)) in columns.ordinals.iter().zip(&bound.columns).enumerate() {
        let to = &target.def.columns[*ordinal].sql_type;
        // The bare literal NULL converts to anything, a vector too.
        if !bound.is_untyped_null(at) {
            super::writer::allowed(&column.sql_type, to)?;
        }
    }
    Ok(())
}

fn bind_values(
    ctx: &ExecContext<'_>,
    insert: &Insert,
    def: &Arc<TableDef>,
    columns: &Columns,
    rows: &[Vec<Expr>],
) -> Result<Source> {
    let cx = BindContext::new(ctx.session, ctx.frame);
    let is_default = |cell: &&Expr| matches!(cell.kind, ExprKind::Default);
    let has_default = rows.iter().flatten().any(|cell| is_default(&cell));
    if rows.len() > 1 && !has_default {
        let types: Vec<SqlType> = columns
            .ordinals
            .iter()
            .map(|o| def.columns[*o].sql_type.clone())
            .collect();
        let bound = query::bind_insert_source(&cx, &insert.with, &insert.source, Some(&types))?;
        return Ok(Source::Query(Box::new(bound)));
    }
    let cells: Vec<&Expr> = rows
        .iter()
        .flatten()
        .filter(|cell| !is_default(cell))
        .collect();
    let mut bound = query::bind_scalars(&cx, &Scope::empty(), &cells)?.into_iter();
    let mut bound_rows = Vec::with_capacity(rows.len());
    for row in rows {
        let mut values = Vec::with_capacity(row.len());
        for (cell, ordinal) in row.iter().zip(&columns.ordinals) {
            if is_default(&cell) {
                values.push(None);
                continue;
            }
            let expr = bound.next();
            if let Some(expr) = expr.as_ref().filter(|expr| !expr.is_untyped_null()) {
                super::writer::allowed(expr.sql_type(), &def.columns[*ordinal].sql_type)?;
            }
            values.push(expr);
        }
        bound_rows.push(values);
    }
    Ok(Source::Rows(bound_rows))
}

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    insert: &Insert,
    sink: &mut dyn ResultSink,
) -> Result<u64> {
    let plan = plan(ctx, insert)?;
    if !plan.target.side {
        ctx.session.refuse_if_doomed()?;
    }
    let limit = top_limit(ctx, insert.top.as_ref())?;
    let (rows, types) = collect(ctx, &plan, limit)?;
    write(ctx, insert, &plan.target, &plan.columns, rows, &types, sink)
}

/// Rows of values; None is DEFAULT.
type Given = Vec<Vec<Option<Value>>>;

fn collect(
    ctx: &mut ExecContext<'_>,
    plan: &Plan,
    limit: Option<u64>,
) -> Result<(Given, Vec<Vec<SqlType>>)> {
    let full = |n: usize| limit.is_some_and(|limit| n as u64 >= limit);
    match &plan.source {
        Source::Defaults => Ok((vec![Vec::new()], vec![Vec::new()])),
        Source::Rows(rows) => {
            let mut values = Vec::with_capacity(rows.len());
            let mut types = Vec::with_capacity(rows.len());
            for row in rows {
                if full(values.len()) {
                    break;
                }
                let mut out = Vec::with_capacity(row.len());
                let mut kinds = Vec::with_capacity(row.len());
                for cell in row {
                    kinds.push(cell.as_ref().map_or(SqlType::INT, |c| c.sql_type().clone()));
                    out.push(match cell {
                        Some(expr) => Some(query::eval(expr, &[], ctx)?),
                        None => None,
                    });
                }
                values.push(out);
                types.push(kinds);
            }
            Ok((values, types))
        }
        Source::Query(bound) => {
            let mut values: Given = Vec::new();
            query::execute(ctx, bound, &mut |_, row| {
                if !full(values.len()) {
                    values.push(row.iter().cloned().map(Some).collect());
                }
                Ok(())
            })?;
            let kinds = bound.columns.iter().map(|c| c.sql_type.clone()).collect();
            Ok((values, vec![kinds]))
        }
    }
}

/// TOP of a data change: how many rows at most.
pub(super) fn top_limit(ctx: &mut ExecContext<'_>, top: Option<&Top>) -> Result<Option<u64>> {
    let Some(top) = top else {
        let limit = ctx.session.options.rowcount;
        return Ok(u64::try_from(limit).ok().filter(|limit| *limit > 0));
    };
    if top.percent {
        return Err(SqlError::not_implemented("TOP PERCENT in a data change"));
    }
    let count = crate::engine::interpret::scalar_as(ctx, &top.count, &SqlType::BIGINT)?;
    match count {
        Value::BigInt(n) => u64::try_from(n).map(Some).map_err(|_| {
            SqlError::new(1060, "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer.")
        }),
        _ => Err(SqlError::new(
            1060,
            "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer.",
        )),
    }
}

fn write(
    ctx: &mut ExecContext<'_>,
    insert: &Insert,
    target: &Target,
    columns: &Columns,
    rows: Given,
    types: &[Vec<SqlType>],
    sink: &mut dyn ResultSink,
) -> Result<u64> {
    let mut writer = Writer::new(ctx, target, Verb::Insert, Enforce::All)?;
    let sides = Sides {
        inserted: true,
        deleted: false,
    };
    let mut output = match &insert.output {
        Some(output) => Some(OutputPlan::bind(ctx, output, &target.def, sides, &[])?),
        None => None,
    };
    if let Some(output) = &output {
        output.start(sink)?;
    }
    let width = target.def.columns.len();
    let mut count = 0;
    let mut told = false;
    for (at, values) in rows.into_iter().enumerate() {
        if ctx.session.cancel.is_set() {
            return Err(SqlError::new(0, "").kind(crate::error::ErrorKind::Cancelled));
        }
        let kinds = types.get(at).or_else(|| types.last());
        let mut row = vec![Value::Null; width];
        let mut given = vec![false; width];
        for (position, (ordinal, value)) in columns.ordinals.iter().zip(values).enumerate() {
            if let (Some(value), Some(kinds)) = (value, kinds) {
                row[*ordinal] = writer.convert(*ordinal, &value, &kinds[position])?;
                given[*ordinal] = true;
            }
        }
        complete(ctx, &mut writer, &mut row, &given, true)?;
        match writer.insert(ctx, &mut row) {
            Ok(_) => {}
            // IGNORE_DUP_KEY: the row is left out.
            Err(error) if error.number == 3604 => {
                if !std::mem::replace(&mut told, true) {
                    sink.message(&crate::engine::messages::locate(ctx.frame, error.class(0)))?;
                }
                continue;
            }
            Err(error) => return Err(error),
        }
        if let Some(output) = &mut output {
            output.row(ctx, &row, &[], sink)?;
        }
        count += 1;
    }
    writer.finish(ctx)?;
    if let Some(output) = &mut output {
        output.finish(ctx)?;
    }
    Ok(count)
}

/// INSERT ... EXEC: the procedure runs inside the statement's transaction, its rows are inserted when it is done.
pub(super) fn run_execute(
    ctx: &mut ExecContext<'_>,
    insert: &Insert,
    execute: &Execute,
    sink: &mut dyn ResultSink,
) -> Result<Option<i64>> {
    if ctx.session.transaction.insert_exec {
        return Err(SqlError::new(
            8164,
            "An INSERT EXEC statement cannot be nested.",
        ));
    }
    let own = ctx.session.transaction.count == 0;
    if own {
        ctx.session.begin_transaction(None, sink)?;
    }
    ctx.session.transaction.insert_exec = true;
    let outcome = execute_and_insert(ctx, insert, execute, sink);
    ctx.session.transaction.insert_exec = false;
    if own && ctx.session.transaction.count == 1 {
        match &outcome {
            Ok(_) => ctx.session.commit_transaction(sink)?,
            Err(_) => ctx.session.rollback_all(sink),
        }
    }
    outcome.map(|rows| i64::try_from(rows).ok())
}

fn execute_and_insert(
    ctx: &mut ExecContext<'_>,
    insert: &Insert,
    execute: &Execute,
    sink: &mut dyn ResultSink,
) -> Result<u64> {
    let mut collected = CollectedRows::new(sink);
    let outcome = call::execute(ctx, execute, &mut collected);
    let sets = std::mem::take(&mut collected.sets);
    super::raised(outcome)?;
    statement::within(ctx, |ctx| {
        let plan = plan(ctx, insert)?;
        let mut count = 0;
        for (columns, rows) in sets {
            if columns.len() != plan.columns.ordinals.len() {
                return Err(wrong_count().state(7));
            }
            let types: Vec<SqlType> = columns.into_iter().map(|c| c.sql_type).collect();
            let rows = rows
                .into_iter()
                .map(|row| row.into_iter().map(Some).collect())
                .collect();
            count += write(
                ctx,
                insert,
                &plan.target,
                &plan.columns,
                rows,
                &[types],
                sink,
            )?;
        }
        Ok(count)
    })
}
