//! Constants that are computed once instead of for every row.

use crate::types::{SqlType, TypeName, arith, convert};

use super::expr::{BoundExpr, Node};
use super::values;

/// Replaces a computation over constants by its value. One that fails stays, because it may never be reached.
pub(super) fn fold(expr: &mut BoundExpr) {
    let folded = match &expr.node {
        Node::Convert {
            input,
            style: None,
            try_: false,
            explicit,
        } if is_plain(&input.ty) && is_plain(&expr.ty) => match &input.node {
            Node::Constant(value) => convert::cast(value, &input.ty, &expr.ty, None, !explicit),
            _ => return,
        },
        Node::Arithmetic { op, left, right } if is_plain(&left.ty) && is_plain(&right.ty) => {
            match (&left.node, &right.node) {
                (Node::Constant(a), Node::Constant(b)) => {
                    values::arithmetic(*op, a, b, &left.ty, &right.ty, &expr.ty)
                }
                _ => return,
            }
        }
        Node::Negate(input) if is_plain(&input.ty) => match &input.node {
            Node::Constant(value) => arith::negate(value, &expr.ty),
            _ => return,
        },
        _ => return,
    };
    if let Ok(value) = folded {
        expr.node = Node::Constant(value);
    }
}

/// Numbers: nothing about them depends on the session.
fn is_plain(ty: &SqlType) -> bool {
    matches!(
        ty.name,
        TypeName::Bit
            | TypeName::TinyInt
            | TypeName::SmallInt
            | TypeName::Int
            | TypeName::BigInt
            | TypeName::Real
            | TypeName::Float
            | TypeName::Decimal
            | TypeName::Numeric
            | TypeName::Money
            | TypeName::SmallMoney
    )
}
