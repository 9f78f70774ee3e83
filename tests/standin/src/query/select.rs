//! The public entry points: bind a SELECT or an expression, and run it.

use crate::engine::{ExecContext, Session};
use crate::error::{Result, SqlError};
use crate::protocol::ColumnInfo;
use crate::syntax::ast::{
    AssignOp, BinaryOp, Expr, NamedOption, ObjectName, OptionValue, QueryBody, SelectStatement,
    TypeRef,
};
use crate::types::{SqlType, Value};

use super::bind_expr::arithmetic;
use super::bind_select::{BoundSpec, project};
use super::binder::{BindContext, Binder};
use super::eval::Env;
use super::expr::BoundExpr;
use super::operators;
use super::optimize;
use super::plan::Plan;
use super::scope::{Scope, ScopeColumn};
use super::{bind_expr, for_json, values};

/// `@variable = ` of a select item; compound operators are part of the item's expression already.
#[derive(Debug, Clone)]
pub struct Assignment {
    pub variable: String,
    pub op: AssignOp,
}

#[derive(Debug, Clone)]
pub struct BoundSelect {
    pub columns: Vec<ColumnInfo>,
    pub plan: Plan,
    /// One for each column, when the statement assigns.
    pub assignments: Option<Vec<Assignment>>,
    pub into: Option<ObjectName>,
    /// The only column is a JSON text that goes out in pieces.
    pub for_json: bool,
}

impl BoundSelect {
    /// Is a column the bare literal NULL, which converts to any type?
    pub fn is_untyped_null(&self, column: usize) -> bool {
        super::bind_dml::is_untyped_null(&self.plan, column)
    }
}

pub fn bind_select(cx: &BindContext<'_>, select: &SelectStatement) -> Result<BoundSelect> {
    let mut binder = Binder::new(cx);
    if let Some(limit) = max_recursion(&select.options)? {
        binder.max_recursion = limit;
    }
    binder.collect = true;
    let outcome = bind_statement(&mut binder, cx, select);
    binder.complete(outcome)
}

fn bind_statement(
    binder: &mut Binder<'_>,
    cx: &BindContext<'_>,
    select: &SelectStatement,
) -> Result<BoundSelect> {
    binder.add_ctes(&select.with)?;
    let mut assignments = None;
    let into = into_of(&select.query.body).cloned();
    let (plan, columns) = match &select.query.body {
        QueryBody::Select(spec) if select.query.for_clause.is_none() => {
            let mut bound = binder.spec_parts(spec, Some(&select.query))?;
            if bound.outputs.iter().any(|o| o.assign.is_some()) {
                assignments = Some(assign(binder, &mut bound)?);
            }
            project(bound)
        }
        _ => binder.query(&select.query, false)?,
    };
    if into.is_some() {
        check_into(&columns)?;
    }
    let for_json = select.query.for_clause.is_some();
    Ok(BoundSelect {
        columns: columns.iter().map(column_info).collect(),
        plan: optimize::optimize(plan, cx.session),
        assignments,
        into,
        for_json,
    })
}

/// `@v += x` becomes `@v = @v + x`; the value converts to the variable's type when it is assigned.
fn assign(binder: &mut Binder<'_>, bound: &mut BoundSpec) -> Result<Vec<Assignment>> {
    let mut list = Vec::with_capacity(bound.outputs.len());
    for output in &mut bound.outputs {
        let Some((variable, op)) = output.assign.take() else {
            continue;
        };
        let current = binder.resolve_variable(&variable, crate::syntax::ast::Span::default())?;
        if let Some(op) = compound(op) {
            output.expr = arithmetic(op, current, output.expr.clone())?;
        } else if !output.expr.is_untyped_null() {
            values::check_implicit(&output.expr.ty, &current.ty)?;
        }
        list.push(Assignment {
            variable,
            op: AssignOp::Set,
        });
    }
    Ok(list)
}

pub(super) fn compound(op: AssignOp) -> Option<BinaryOp> {
    Some(match op {
        AssignOp::Set => return None,
        AssignOp::Add => BinaryOp::Add,
        AssignOp::Subtract => BinaryOp::Subtract,
        AssignOp::Multiply => BinaryOp::Multiply,
        AssignOp::Divide => BinaryOp::Divide,
        AssignOp::Modulo => BinaryOp::Modulo,
        AssignOp::BitAnd => BinaryOp::BitAnd,
        AssignOp::BitOr => BinaryOp::BitOr,
        AssignOp::BitXor => BinaryOp::BitXor,
        AssignOp::Concat => BinaryOp::Concat,
    })
}

fn into_of(body: &QueryBody) -> Option<&ObjectName> {
    match body {
        QueryBody::Select(spec) => spec.into.as_ref(),
        QueryBody::SetOperation { left, .. } => into_of(left),
        QueryBody::Paren(query) => into_of(&query.body),
    }
}

/// 1038 for a column without a name, 2705 for one that comes twice.
fn check_into(columns: &[ScopeColumn]) -> Result<()> {
    for (at, column) in columns.iter().enumerate() {
        if column.name.is_empty() {
            return Err(SqlError::new(
                1038,
                "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a name. For other statements, look for empty alias names. Aliases defined as \"\" or [] are not allowed. Change the alias to a valid name.",
            )
            .class(15)
            .state(5)
            .compile());
        }
        if columns[..at]
            .iter()
            .any(|c| c.name.eq_ignore_ascii_case(&column.name))
        {
            return Err(SqlError::new(
                2705,
                format!("Column names in each table must be unique. Column name '{}' in table is specified more than once.", column.name),
            )
            .state(3)
            .compile());
        }
    }
    Ok(())
}

/// 310 beyond 32767.
fn max_recursion(options: &[NamedOption]) -> Result<Option<u32>> {
    for option in options {
        if option.name.eq_ignore_ascii_case("MAXRECURSION") {
            let Some(OptionValue::Number(text)) = &option.value else {
                continue;
            };
            return match text.parse::<u32>() {
                Ok(n) if n <= 32_767 => Ok(Some(n)),
                _ => Err(SqlError::new(
                    310,
                    format!("The value {text} specified for the MAXRECURSION option exceeds the allowed maximum of 32767."),
                )
                .class(15)
                .compile()),
            };
        }
    }
    Ok(None)
}

fn column_info(column: &ScopeColumn) -> ColumnInfo {
    ColumnInfo {
        name: column.name.clone(),
        sql_type: column.ty.clone(),
        nullable: column.nullable,
        identity: column.identity,
        computed: column.computed,
        updatable: column.updatable,
    }
}

pub fn bind_scalar(cx: &BindContext<'_>, scope: &Scope, expr: &Expr) -> Result<BoundExpr> {
    let mut binder = Binder::with_scope(cx, scope);
    let mut bound = binder.scalar(expr)?;
    optimize::optimize_expr(&mut bound, cx.session);
    Ok(bound)
}

/// Several values of one statement; every unknown name is reported.
pub fn bind_scalars(
    cx: &BindContext<'_>,
    scope: &Scope,
    exprs: &[&Expr],
) -> Result<Vec<BoundExpr>> {
    let mut binder = Binder::with_scope(cx, scope);
    binder.collect = true;
    let outcome = exprs.iter().map(|expr| binder.scalar(expr)).collect();
    let mut bound: Vec<BoundExpr> = binder.complete(outcome)?;
    for expr in &mut bound {
        optimize::optimize_expr(expr, cx.session);
    }
    Ok(bound)
}

pub fn bind_condition(cx: &BindContext<'_>, scope: &Scope, expr: &Expr) -> Result<BoundExpr> {
    let mut binder = Binder::with_scope(cx, scope);
    let mut bound = binder.condition(expr)?;
    optimize::optimize_expr(&mut bound, cx.session);
    Ok(bound)
}

/// The expression with an implicit conversion to `ty`; 206 or 257 when there is none.
pub fn coerce_expr(expr: BoundExpr, ty: &SqlType) -> Result<BoundExpr> {
    bind_expr::coerce(expr, ty)
}

/// The type that a declaration names.
pub fn resolve_type(session: &Session, written: &TypeRef) -> Result<SqlType> {
    values::named_type(session, written)
}

pub fn eval(expr: &BoundExpr, row: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let mut env = Env::new(ctx);
    let value = expr.value(row, &mut env)?;
    report_nulls(&mut env);
    Ok(value)
}

pub fn eval_condition(
    expr: &BoundExpr,
    row: &[Value],
    ctx: &mut ExecContext<'_>,
) -> Result<Option<bool>> {
    let mut env = Env::new(ctx);
    let truth = expr.truth(row, &mut env)?;
    report_nulls(&mut env);
    Ok(truth)
}

/// 8153 is due after the statement.
fn report_nulls(env: &mut Env<'_, '_>) {
    env.ctx.session.null_eliminated |= env.null_eliminated;
}

/// Receives the rows of a query.
pub type RowSink<'s> = &'s mut dyn FnMut(&mut ExecContext<'_>, &[Value]) -> Result<()>;

/// Streams the rows; the number of them.
pub fn execute(ctx: &mut ExecContext<'_>, bound: &BoundSelect, on_row: RowSink<'_>) -> Result<u64> {
    if bound.for_json {
        return execute_json(ctx, bound, on_row);
    }
    let limit = u64::try_from(ctx.session.options.rowcount).unwrap_or(0);
    execute_limited(ctx, &bound.plan, limit, on_row)
}

/// `SELECT @a = x, @b = y`: hands over each value before the next one is computed, so that `y` sees the new `@a`. Under a
/// sort or TOP the values of a row are computed together.
pub fn execute_assigning(
    ctx: &mut ExecContext<'_>,
    bound: &BoundSelect,
    on_value: &mut dyn FnMut(&mut ExecContext<'_>, usize, &Value) -> Result<()>,
) -> Result<u64> {
    let Plan::Project { input, exprs } = &bound.plan else {
        return execute(ctx, bound, &mut |ctx, row| {
            (0..)
                .zip(row)
                .try_for_each(|(at, value)| on_value(ctx, at, value))
        });
    };
    let limit = u64::try_from(ctx.session.options.rowcount).unwrap_or(0);
    let mut env = Env::new(ctx);
    let mut rows = operators::open(input, &mut env)?;
    let mut count = 0;
    let mut row = operators::Row::new();
    while (limit == 0 || count < limit) && rows.next(&mut row, &mut env)? {
        count += 1;
        if count % 64 == 0 {
            env.check_cancelled()?;
        }
        for (at, expr) in exprs.iter().enumerate() {
            let value = expr.value(&row, &mut env)?;
            on_value(env.ctx, at, &value)?;
        }
    }
    drop(rows);
    report_nulls(&mut env);
    Ok(count)
}

/// The same for a bare plan.
pub fn execute_plan(ctx: &mut ExecContext<'_>, plan: &Plan, on_row: RowSink<'_>) -> Result<u64> {
    execute_limited(ctx, plan, 0, on_row)
}

fn execute_limited(
    ctx: &mut ExecContext<'_>,
    plan: &Plan,
    limit: u64,
    on_row: RowSink<'_>,
) -> Result<u64> {
    let mut env = Env::new(ctx);
    let mut rows = operators::open(plan, &mut env)?;
    let mut count = 0;
    let mut row = operators::Row::new();
    while limit == 0 || count < limit {
        if !rows.next(&mut row, &mut env)? {
            break;
        }
        count += 1;
        if count % 64 == 0 {
            env.check_cancelled()?;
        }
        on_row(env.ctx, &row)?;
    }
    drop(rows);
    report_nulls(&mut env);
    Ok(count)
}

/// A JSON result goes out in rows of 2033 characters.
fn execute_json(
    ctx: &mut ExecContext<'_>,
    bound: &BoundSelect,
    on_row: RowSink<'_>,
) -> Result<u64> {
    let mut text = String::new();
    execute_limited(ctx, &bound.plan, 0, &mut |_, row| {
        if let Some(Value::NVarChar(part)) = row.first() {
            text.push_str(part);
        }
        Ok(())
    })?;
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut count = 0;
    for piece in units.chunks(2033) {
        count += 1;
        on_row(ctx, &[Value::nvarchar(String::from_utf16_lossy(piece))])?;
    }
    let _ = for_json::COLUMN_NAME;
    Ok(count)
}
