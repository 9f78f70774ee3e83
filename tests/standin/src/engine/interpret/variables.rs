//! DECLARE and SET of variables.

use crate::error::{Result, SqlError};
use crate::syntax::ast::{AssignOp, BinaryOp, Declaration, Expr, ExprKind, SetVariable, Span};
use crate::types::{SqlType, Value};

use super::expressions::scalar_at;
use crate::engine::frame::ExecContext;

/// 137, found while binding.
pub(crate) fn undeclared(name: &str) -> SqlError {
    SqlError::new(137, format!("Must declare the scalar variable \"{name}\"."))
        .class(15)
        .state(2)
        .compile()
}

/// The variables exist since the batch was bound; only initialisers do something here.
pub(super) fn declare(ctx: &mut ExecContext<'_>, declarations: &[Declaration]) -> Result<bool> {
    let mut assigned = false;
    for declaration in declarations {
        if let Some(value) = &declaration.value {
            assign(ctx, &declaration.name, AssignOp::Set, value)?;
            assigned = true;
        }
    }
    Ok(assigned)
}

pub(super) fn set(ctx: &mut ExecContext<'_>, set: &SetVariable) -> Result<()> {
    assign(ctx, &set.name, set.op, &set.value)
}

fn assign(ctx: &mut ExecContext<'_>, name: &str, op: AssignOp, value: &Expr) -> Result<()> {
    let slot = ctx
        .frame
        .variables
        .slot(name)
        .ok_or_else(|| undeclared(name))?;
    let target: SqlType = ctx.frame.variables.get(slot).sql_type.clone();
    let combined;
    let expr = match binary(op) {
        None => value,
        Some(op) => {
            combined = compound(name, op, value);
            &combined
        }
    };
    let value: Value = scalar_at(ctx, value, expr, &target)?;
    ctx.frame.variables.set(slot, value);
    Ok(())
}

/// `@v op= e` is `@v = @v op (e)`.
pub(crate) fn compound(name: &str, op: BinaryOp, value: &Expr) -> Expr {
    let span: Span = value.span;
    Expr {
        span,
        kind: ExprKind::Binary {
            op,
            left: Box::new(Expr {
                span,
                kind: ExprKind::Variable(name.to_owned()),
            }),
            right: Box::new(Expr {
                span,
                kind: ExprKind::Paren(Box::new(value.clone())),
            }),
        },
    }
}

pub(crate) fn binary(op: AssignOp) -> Option<BinaryOp> {
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
