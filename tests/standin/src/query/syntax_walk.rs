//! Looking through expression syntax without descending into subqueries.

use crate::syntax::ast::{Expr, ExprKind, SelectItem};

/// Names of aggregate functions.
pub(super) fn is_aggregate_name(name: &str) -> bool {
    super::values::aggregate_kind(name).is_some()
}

pub(super) fn items_of(items: &[SelectItem]) -> impl Iterator<Item = &Expr> {
    items.iter().filter_map(|item| match item {
        SelectItem::Expr { expr, .. } | SelectItem::Assign { expr, .. } => Some(expr),
        SelectItem::Star { .. } => None,
    })
}

/// Does the expression hold an aggregate of its own query (without OVER)?
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    if let ExprKind::Function(call) = &expr.kind {
        if call.over.is_none() && call.name.parts.len() == 1 && is_aggregate_name(call.name.base())
        {
            return true;
        }
        if let Some(over) = &call.over
            && (over.partition_by.iter().any(has_aggregate)
                || over.order_by.iter().any(|o| has_aggregate(&o.expr)))
        {
            return true;
        }
    }
    children(expr).into_iter().any(has_aggregate)
}

fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Unary { operand, .. }
        | ExprKind::Collate { operand, .. }
        | ExprKind::Cast { operand, .. }
        | ExprKind::Parse { operand, .. }
        | ExprKind::IsNull { operand, .. }
        | ExprKind::InQuery { operand, .. }
        | ExprKind::Quantified { left: operand, .. } => vec![operand],
        ExprKind::Paren(inner) => vec![inner],
        ExprKind::Binary { left, right, .. }
        | ExprKind::IsDistinctFrom { left, right, .. }
        | ExprKind::NullIf(left, right) => vec![left, right],
        ExprKind::Convert { operand, style, .. } => {
            let mut list: Vec<&Expr> = vec![operand];
            list.extend(style.as_deref());
            list
        }
        ExprKind::Case {
            operand,
            branches,
            otherwise,
        } => {
            let mut list: Vec<&Expr> = operand.as_deref().into_iter().collect();
            for (when, then) in branches {
                list.push(when);
                list.push(then);
            }
            list.extend(otherwise.as_deref());
            list
        }
        ExprKind::Iif {
            condition,
            then,
            otherwise,
        } => vec![condition, then, otherwise],
        ExprKind::Coalesce(list) => list.iter().collect(),
        ExprKind::Function(call) => call
            .args
            .iter()
            .chain(call.json_pairs.iter().flat_map(|(k, v)| [k, v]))
            .collect(),
        ExprKind::StaticMethod { args, .. } => args.iter().collect(),
        ExprKind::Method { operand, args, .. } => {
            let mut list: Vec<&Expr> = vec![operand];
            list.extend(args.iter().flatten());
            list
        }
        ExprKind::AtTimeZone { operand, zone } => vec![operand, zone],
        ExprKind::In { operand, list, .. } => {
            let mut all: Vec<&Expr> = vec![operand];
            all.extend(list);
            all
        }
        ExprKind::Between {
            operand, low, high, ..
        } => vec![operand, low, high],
        ExprKind::Like {
            operand,
            pattern,
            escape,
            ..
        } => {
            let mut list: Vec<&Expr> = vec![operand, pattern];
            list.extend(escape.as_deref());
            list
        }
        _ => Vec::new(),
    }
}
