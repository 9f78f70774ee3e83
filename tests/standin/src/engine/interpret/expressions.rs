//! Expressions outside of queries: bound, evaluated and converted in one go.

use crate::error::Result;
use crate::query;
use crate::syntax::ast::{Expr, ExprKind};
use crate::types::{SqlType, Value};

use crate::engine::conversion;
use crate::engine::frame::ExecContext;
use crate::engine::{plans, statement};

/// A value with its type.
pub(crate) struct Binding {
    pub value: Value,
    pub sql_type: SqlType,
}

pub(crate) fn evaluate(ctx: &mut ExecContext<'_>, expr: &Expr) -> Result<Binding> {
    evaluate_at(ctx, expr, expr)
}

/// `place` is the part of the text that `expr` was made up from.
fn evaluate_at(ctx: &mut ExecContext<'_>, place: &Expr, expr: &Expr) -> Result<Binding> {
    if let ExprKind::Variable(name) = &expr.kind
        && let Some(variable) = ctx.frame.variables.lookup(name)
    {
        return Ok(Binding {
            value: variable.value.clone(),
            sql_type: variable.sql_type.clone(),
        });
    }
    statement::within(ctx, |ctx| {
        let bound = plans::scalar(ctx, place, expr)?;
        let value = query::eval(&bound, &[], ctx)?;
        Ok(Binding {
            value,
            sql_type: bound.sql_type().clone(),
        })
    })
}

pub(crate) fn scalar(ctx: &mut ExecContext<'_>, expr: &Expr) -> Result<Value> {
    evaluate(ctx, expr).map(|binding| binding.value)
}

/// The value, converted as an assignment to `target` converts it.
pub(crate) fn scalar_as(ctx: &mut ExecContext<'_>, expr: &Expr, target: &SqlType) -> Result<Value> {
    scalar_at(ctx, expr, expr, target)
}

/// The same for an expression that was made up from `place`.
pub(super) fn scalar_at(
    ctx: &mut ExecContext<'_>,
    place: &Expr,
    expr: &Expr,
    target: &SqlType,
) -> Result<Value> {
    let binding = evaluate_at(ctx, place, expr)?;
    if binding.sql_type == *target {
        return Ok(binding.value);
    }
    conversion::to_variable(&binding.value, &binding.sql_type, target)
}

/// IF and WHILE: unknown is false.
pub(crate) fn condition(ctx: &mut ExecContext<'_>, expr: &Expr) -> Result<bool> {
    statement::within(ctx, |ctx| {
        let bound = plans::condition(ctx, expr)?;
        Ok(query::eval_condition(&bound, &[], ctx)? == Some(true))
    })
}
