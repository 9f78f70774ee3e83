//! INSERT.

use std::sync::Arc;

use crate::catalog::model::TableDef;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::query::{self, BindContext, BoundExpr, BoundSelect, Scope};
use crate::syntax::ast::{
    Execute, Expr, ExprKind, Ident, Insert, InsertSource, SelectStatement, Top,
};
use crate::types::{SqlType, TypeName, Value};

use super::output::{OutputPlan, Sides};
use super::target::{self, Target, Verb};
use super::writer::{Enforce, Writer};
use crate::engine::frame::ExecContext;
use crate::engine::interpret::CollectedRows;
use crate::engine::session::Session;
use crate::engine::{call, statement};

/// Where the values of an INSERT go.
pub(super) struct Columns {
    /// Ordinal of each value.
    pub ordinals: Vec<usize>,
    /// The identity column gets an explicit value.
    identity_given: bool,
}

impl Columns {
    pub(super) fn of_insert(session: &Session, def: &TableDef, names: &[Ident]) -> Result<Self> {
        let identity_on = session.options.identity_insert == Some(def.object_id);
        if names.is_empty() {
            let ordinals: Vec<usize> = def
                .columns
                .iter()
                .enumerate()
                .filter(|(_, c)| c.computed.is_none() && c.identity.is_none() && !c.hidden)
                .map(|(ordinal, _)| ordinal)
                .collect();
            return Ok(Self {
                ordinals,
                identity_given: false,
            });
        }
        let ordinals = named(def, names)?;
        let identity = ordinals.iter().any(|o| def.columns[*o].identity.is_some());
        if identity && !identity_on {
            return Err(explicit_identity(&def.name));
        }
        for ordinal in &ordinals {
            refuse_explicit(session, def, *ordinal)?;
        }
        Ok(Self {
            ordinals,
            identity_given: identity,
        })
    }

    /// OUTPUT ... INTO: the identity column cannot be written whatever IDENTITY_INSERT says; 544 names the statement's
    /// own target.
    pub(super) fn of_output_into(
        session: &Session,
        def: &TableDef,
        names: &[Ident],
        width: usize,
        source: &TableDef,
    ) -> Result<Self> {
        let ordinals = if names.is_empty() {
            def.columns
                .iter()
                .enumerate()
                .filter(|(_, c)| c.computed.is_none() && c.identity.is_none() && !c.hidden)
                .map(|(ordinal, _)| ordinal)
                .collect()
        } else {
            let ordinals = named(def, names)?;
            if ordinals.iter().any(|o| def.columns[*o].identity.is_some()) {
                return Err(explicit_identity(&source.name));
            }
            for ordinal in &ordinals {
                refuse_explicit(session, def, *ordinal)?;
            }
            ordinals
        };
        if ordinals.len() != width {
            return Err(wrong_count());
        }
        Ok(Self {
            ordinals,
            identity_given: false,
        })
    }
}

fn named(def: &TableDef, names: &[Ident]) -> Result<Vec<usize>> {
    let mut ordinals = Vec::with_capacity(names.len());
    for name in names {
        let ordinal = def.column_ordinal(&name.text).ok_or_else(|| {
            SqlError::new(207, format!("Invalid column name '{}'.", name.text)).compile()
        })?;
        if ordinals.contains(&ordinal) {
            return Err(SqlError::new(
                264,
                format!(
                    "The column name '{}' is specified more than once in the SET clause or column list of an INSERT. A column cannot be assigned more than one value in the same clause. Modify the clause to make sure that a column is updated only once. If this statement updates or inserts columns into a view, column aliasing can conceal the duplication in your code.",
                    name.text
                ),
            )
            .compile());
        }
        ordinals.push(ordinal);
    }
    Ok(ordinals)
}

/// 544.
fn explicit_identity(table: &str) -> SqlError {
    SqlError::new(
        544,
        format!(
            "Cannot insert explicit value for identity column in table '{table}' when IDENTITY_INSERT is set to OFF."
        ),
    )
}

/// 213.
fn wrong_count() -> SqlError {
    SqlError::new(
        213,
        "Column name or number of supplied values does not match table definition.",
    )
    .compile()
}

/// 271 computed, 273 rowversion, 13536 period columns.
fn refuse_explicit(session: &Session, def: &TableDef, ordinal: usize) -> Result<()> {
    let column = &def.columns[ordinal];
    if column.computed.is_some() {
        return Err(SqlError::new(
            271,
            format!(
                "The column \"{}\" cannot be modified because it is either a computed column or is the result of a UNION operator.",
                column.name
            ),
        )
        .compile());
    }
    if column.sql_type.name == TypeName::RowVersion {
        return Err(SqlError::new(
            273,
            "Cannot insert an explicit value into a timestamp column. Use INSERT with a column list to exclude the timestamp column, or insert a DEFAULT into the timestamp column.",
        )
        .compile());
    }
    if column.generated.is_some() {
        return Err(SqlError::new(
            13536,
            format!(
                "Cannot insert an explicit value into a GENERATED ALWAYS column in table '{}'. Use INSERT with a column list to exclude the GENERATED ALWAYS column, or insert a DEFAULT into GENERATED ALWAYS column.",
                session.full_name(def)
            ),
        )
        .compile());
    }
    Ok(())
}

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
    if matches!(insert.source, InsertSource::Execute(_)) {
        return target::find(ctx.session, ctx.frame, &insert.target, Verb::Insert).map(|_| ());
    }
    plan(ctx, insert).map(|_| ())
}

fn plan(ctx: &ExecContext<'_>, insert: &Insert) -> Result<Plan> {
    let target = target::find(ctx.session, ctx.frame, &insert.target, Verb::Insert)?;
    let mut columns = Columns::of_insert(ctx.session, &target.def, &insert.columns)?;
    let source = match &insert.source {
        InsertSource::DefaultValues => {
            columns.ordinals.clear();
            Source::Defaults
        }
        InsertSource::Values(rows) => {
            check_widths(ctx, insert, &target.def, &columns, rows)?;
            bind_values(ctx, insert, &target.def, &columns, rows)?
        }
        InsertSource::Query(query) => {
            let select = SelectStatement {
                with: insert.with.clone(),
                query: query.clone(),
                options: insert.options.clone(),
            };
            let bound = query::bind_select(&BindContext::new(ctx.session, ctx.frame), &select)?;
            check_width(insert, bound.columns.len(), columns.ordinals.len())?;
            check_types(&target, &columns, &bound)?;
            Source::Query(Box::new(bound))
        }
        InsertSource::Execute(_) => Source::Defaults,
    };
    refuse_missing_identity(ctx.session, &target.def, &columns)?;
    Ok(Plan {
        target,
        columns,
        source,
    })
}

/// 545: IDENTITY_INSERT is on but the identity column has no value.
fn refuse_missing_identity(session: &Session, def: &TableDef, columns: &Columns) -> Result<()> {
    let on = session.options.identity_insert == Some(def.object_id);
    if on && !columns.identity_given {
        return Err(SqlError::new(
            545,
            format!(
                "Explicit value must be specified for identity column in table '{}' either when IDENTITY_INSERT is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity column.",
                def.name
            ),
        ));
    }
    Ok(())
}

fn check_width(insert: &Insert, given: usize, wanted: usize) -> Result<()> {
    if given == wanted {
        return Ok(());
    }
    if insert.columns.is_empty() {
        return Err(wrong_count());
    }
    Err(if given < wanted {
        SqlError::new(
            120,
            "The select list for the INSERT statement contains fewer items than the insert list. The number of SELECT values must match the number of INSERT columns.",
        )
    } else {
        SqlError::new(
            121,
            "The select list for the INSERT statement contains more items than the insert list. The number of SELECT values must match the number of INSERT columns.",
        )
    }
    .class(15)
    .compile())
}

/// 8101 when only the identity column makes the difference.
fn check_widths(
    ctx: &ExecContext<'_>,
    insert: &Insert,
    def: &TableDef,
    columns: &Columns,
    rows: &[Vec<Expr>],
) -> Result<()> {
    let wanted = columns.ordinals.len();
    let first = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != first) {
        return Err(SqlError::new(
            10709,
            "The number of columns for each row in a table value constructor must be the same.",
        )
        .compile());
    }
    if first == wanted {
        return Ok(());
    }
    if insert.columns.is_empty() {
        let has_identity = def.columns.iter().any(|c| c.identity.is_some());
        if has_identity && first == wanted + 1 {
            let name = ctx.session.server.catalog.qualified_name(def);
            return Err(SqlError::new(
                8101,
                format!(
                    "An explicit value for the identity column in table '{name}' can only be specified when a column list is used and IDENTITY_INSERT is ON."
                ),
            ));
        }
        return Err(wrong_count());
    }
    check_row_width(true, first, wanted)
}

/// 213 without a column list; 109 and 110 with one.
pub(super) fn check_row_width(listed: bool, given: usize, wanted: usize) -> Result<()> {
    if given == wanted {
        return Ok(());
    }
    if !listed {
        return Err(wrong_count());
    }
    Err(if given < wanted {
        SqlError::new(
            109,
            "There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.",
        )
    } else {
        SqlError::new(
            110,
            "There are fewer columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.",
        )
    }
    .class(15)
    .compile())
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
    let has_default = rows
        .iter()
        .flatten()
        .any(|cell| matches!(cell.kind, ExprKind::Default));
    if rows.len() > 1 && !has_default {
        let types: Vec<SqlType> = columns
            .ordinals
            .iter()
            .map(|o| def.columns[*o].sql_type.clone())
            .collect();
        let bound = query::bind_insert_source(&cx, &insert.with, &insert.source, Some(&types))?;
        return Ok(Source::Query(Box::new(bound)));
    }
    let mut bound_rows = Vec::with_capacity(rows.len());
    for row in rows {
        let mut bound = Vec::with_capacity(row.len());
        for (cell, ordinal) in row.iter().zip(&columns.ordinals) {
            if matches!(cell.kind, ExprKind::Default) {
                bound.push(None);
                continue;
            }
            refuse_explicit(ctx.session, def, *ordinal)?;
            let expr = query::bind_scalar(&cx, &Scope::empty(), cell)?;
            if !expr.is_untyped_null() {
                super::writer::allowed(expr.sql_type(), &def.columns[*ordinal].sql_type)?;
            }
            bound.push(Some(expr));
        }
        bound_rows.push(bound);
    }
    Ok(Source::Rows(bound_rows))
}

/// A complete row from the given values: defaults, identity, NULL for the rest.
pub(super) fn assemble(
    ctx: &mut ExecContext<'_>,
    writer: &mut Writer,
    columns: &Columns,
    values: &[Value],
    types: &[SqlType],
    keep_identity: bool,
) -> Result<Vec<Value>> {
    let def = Arc::clone(&writer.def);
    let mut row = vec![Value::Null; def.columns.len()];
    let mut given = vec![false; def.columns.len()];
    for ((ordinal, value), from) in columns.ordinals.iter().zip(values).zip(types) {
        row[*ordinal] = writer.convert(*ordinal, value, from)?;
        given[*ordinal] = true;
    }
    complete(ctx, writer, &mut row, &given, !keep_identity)?;
    Ok(row)
}

/// Defaults and identity of the columns that have no value. `tell`: SCOPE_IDENTITY() learns of it.
pub(super) fn complete(
    ctx: &mut ExecContext<'_>,
    writer: &mut Writer,
    row: &mut [Value],
    given: &[bool],
    tell: bool,
) -> Result<()> {
    let def = Arc::clone(&writer.def);
    for (ordinal, column) in def.columns.iter().enumerate() {
        if column.identity.is_some() {
            let value = if given[ordinal] {
                let number = as_i64(&row[ordinal]);
                ctx.session
                    .server
                    .store
                    .set_identity(def.object_id, number)?;
                number
            } else {
                let number = ctx.session.server.store.next_identity(def.object_id, 1)?;
                row[ordinal] = identity_value(&column.sql_type, number);
                number
            };
            if tell {
                let told = Value::Decimal(Box::new(crate::types::Decimal {
                    mantissa: i128::from(value),
                    precision: 38,
                    scale: 0,
                }));
                ctx.session.last_identity = Some(told.clone());
                ctx.frame.scope_identity = Some(told);
            }
        } else if !given[ordinal] && column.default.is_some() {
            row[ordinal] = writer.default(ctx, ordinal)?;
        }
    }
    Ok(())
}

pub(super) fn as_i64(value: &Value) -> i64 {
    match value {
        Value::BigInt(n) => *n,
        Value::Int(n) => i64::from(*n),
        Value::SmallInt(n) => i64::from(*n),
        Value::TinyInt(n) => i64::from(*n),
        Value::Decimal(d) => {
            let unit = 10_i128.pow(u32::from(d.scale));
            i64::try_from(d.mantissa / unit).unwrap_or(i64::MAX)
        }
        _ => 0,
    }
}

fn identity_value(sql_type: &SqlType, number: i64) -> Value {
    match sql_type.name {
        TypeName::TinyInt => Value::TinyInt(u8::try_from(number).unwrap_or(u8::MAX)),
        TypeName::SmallInt => Value::SmallInt(i16::try_from(number).unwrap_or(i16::MAX)),
        TypeName::Int => Value::Int(i32::try_from(number).unwrap_or(i32::MAX)),
        TypeName::BigInt => Value::BigInt(number),
        _ => Value::Decimal(Box::new(crate::types::Decimal {
            mantissa: i128::from(number),
            precision: sql_type.precision,
            scale: sql_type.scale,
        })),
    }
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
                sink.message(&crate::engine::messages::locate(ctx.frame, error.class(0)))?;
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
                return Err(wrong_count());
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
