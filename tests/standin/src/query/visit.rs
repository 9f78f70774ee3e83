//! Walking column references through expressions, subqueries and plans.

use std::sync::Arc;

use super::expr::{BoundExpr, Node, Subquery};
use super::plan::{Plan, SortKey, TableFunction, WindowFunction};

/// Called with the nesting depth, and the reference's `up` and `ordinal`. `up == depth` is the row that the visited
/// expression (or, for a plan, each operator's own input) sees.
pub type Visitor<'v> = &'v mut dyn FnMut(usize, &mut usize, &mut usize);

/// Visits the references of an expression.
pub fn expr_refs(expr: &mut BoundExpr, depth: usize, f: Visitor<'_>) {
    if let Node::Column { up, ordinal } = &mut expr.node {
        f(depth, up, ordinal);
        return;
    }
    if let Some(query) = subquery_mut(&mut expr.node) {
        plan_refs(Arc::make_mut(&mut query.plan), depth + 1, f);
    }
    for child in children_mut(&mut expr.node) {
        expr_refs(child, depth, f);
    }
}

fn subquery_mut(node: &mut Node) -> Option<&mut Subquery> {
    match node {
        Node::Scalar(query)
        | Node::Exists(query)
        | Node::InQuery { query, .. }
        | Node::Quantified { query, .. } => Some(query),
        _ => None,
    }
}

/// Direct operands of an expression.
pub fn children_mut(node: &mut Node) -> Vec<&mut BoundExpr> {
    match node {
        Node::Constant(_)
        | Node::Null
        | Node::Column { .. }
        | Node::Variable(_)
        | Node::Scalar(_)
        | Node::Exists(_)
        | Node::NewId => Vec::new(),
        Node::Convert { input, style, .. } => {
            let mut list = vec![&mut **input];
            list.extend(style.as_deref_mut());
            list
        }
        Node::Arithmetic { left, right, .. }
        | Node::Compare { left, right, .. }
        | Node::Distinct { left, right, .. }
        | Node::IfNull(left, right) => vec![left, right],
        Node::Negate(e)
        | Node::BitNot(e)
        | Node::Not(e)
        | Node::IsNull { input: e, .. }
        | Node::InQuery { input: e, .. }
        | Node::Quantified { left: e, .. }
        | Node::Grouping { set: e, .. } => vec![e],
        Node::And(list)
        | Node::Or(list)
        | Node::Coalesce(list)
        | Node::Call { args: list, .. }
        | Node::SessionCall { args: list, .. }
        | Node::UserFunction { args: list, .. }
        | Node::JsonObject { args: list, .. } => list.iter_mut().collect(),
        Node::Like {
            input,
            pattern,
            escape,
            ..
        } => {
            let mut list = vec![&mut **input, &mut **pattern];
            list.extend(escape.as_deref_mut());
            list
        }
        Node::In { input, list, .. } => {
            let mut all = vec![&mut **input];
            all.extend(list.iter_mut());
            all
        }
        Node::Case {
            branches,
            otherwise,
        } => {
            let mut all: Vec<&mut BoundExpr> = Vec::new();
            for (when, then) in branches {
                all.push(when);
                all.push(then);
            }
            all.extend(otherwise.as_deref_mut());
            all
        }
    }
}

/// Expressions that an operator itself evaluates (not those of its inputs).
pub fn own_exprs(plan: &mut Plan) -> Vec<&mut BoundExpr> {
    match plan {
        Plan::Values(rows) => rows.iter_mut().flatten().collect(),
        Plan::Scan(scan) => {
            let mut list: Vec<&mut BoundExpr> = scan.equal.iter_mut().collect();
            list.extend(scan.low.as_mut().map(|(e, _)| e));
            list.extend(scan.high.as_mut().map(|(e, _)| e));
            list
        }
        Plan::TableFunction(function) => match &mut **function {
            TableFunction::StringSplit {
                text, separator, ..
            } => vec![text, separator],
            TableFunction::GenerateSeries {
                start, stop, step, ..
            } => {
                let mut list = vec![start, stop];
                list.extend(step.as_mut());
                list
            }
            TableFunction::OpenJson { json, path, .. } => {
                let mut list = vec![json];
                list.extend(path.as_mut());
                list
            }
            TableFunction::Module { args, .. } | TableFunction::System { args, .. } => {
                args.iter_mut().collect()
            }
        },
        Plan::Filter { predicate, .. } => vec![predicate],
        Plan::Project { exprs, .. } => exprs.iter_mut().collect(),
        Plan::Join(join) => join.on.iter_mut().collect(),
        Plan::Aggregate(aggregate) => {
            let mut list: Vec<&mut BoundExpr> = aggregate.keys.iter_mut().collect();
            for call in &mut aggregate.calls {
                list.extend(call.args.iter_mut());
                list.extend(call.order.iter_mut().map(|k| &mut k.expr));
            }
            list
        }
        Plan::Window(window) => {
            let mut list: Vec<&mut BoundExpr> = Vec::new();
            for call in &mut window.calls {
                list.extend(call.args.iter_mut());
                list.extend(call.partition.iter_mut());
                list.extend(call.order.iter_mut().map(|k| &mut k.expr));
                if let WindowFunction::Aggregate(inner) = &mut call.function {
                    list.extend(inner.args.iter_mut());
                }
            }
            list
        }
        Plan::Sort { keys, limit, .. } => {
            let mut list: Vec<&mut BoundExpr> = keys.iter_mut().map(|k| &mut k.expr).collect();
            list.extend(limit.as_mut());
            list
        }
        Plan::Top { count, ties, .. } => {
            let mut list = vec![count];
            list.extend(ties.iter_mut().map(|k: &mut SortKey| &mut k.expr));
            list
        }
        Plan::Offset { offset, fetch, .. } => {
            let mut list = vec![offset];
            list.extend(fetch.as_mut());
            list
        }
        Plan::OneRow
        | Plan::Nothing
        | Plan::SystemView(_)
        | Plan::Apply { .. }
        | Plan::Distinct(..)
        | Plan::FirstOf(_)
        | Plan::UnionAll(_)
        | Plan::SetOperation { .. }
        | Plan::Recursive { .. }
        | Plan::WorkTable { .. }
        | Plan::ForJson { .. } => Vec::new(),
    }
}

/// Inputs of an operator, with how much deeper they are.
pub fn inputs_mut(plan: &mut Plan) -> Vec<(&mut Plan, usize)> {
    match plan {
        Plan::Filter { input, .. }
        | Plan::Project { input, .. }
        | Plan::Sort { input, .. }
        | Plan::Top { input, .. }
        | Plan::Offset { input, .. }
        | Plan::Distinct(input, _)
        | Plan::FirstOf(input)
        | Plan::ForJson { input, .. } => vec![(input, 0)],
        Plan::Join(join) => vec![(&mut join.left, 0), (&mut join.right, 0)],
        Plan::Apply { left, right, .. } => vec![(left, 0), (right, 1)],
        Plan::Aggregate(aggregate) => vec![(&mut aggregate.input, 0)],
        Plan::Window(window) => vec![(&mut window.input, 0)],
        Plan::UnionAll(list) => list.iter_mut().map(|p| (p, 0)).collect(),
        Plan::SetOperation { left, right, .. } => vec![(left, 0), (right, 0)],
        Plan::Recursive { anchor, step, .. } => vec![(anchor, 0), (step, 0)],
        Plan::OneRow
        | Plan::Nothing
        | Plan::Values(_)
        | Plan::Scan(_)
        | Plan::SystemView(_)
        | Plan::TableFunction(_)
        | Plan::WorkTable { .. } => Vec::new(),
    }
}

/// Visits the references of a whole plan.
pub fn plan_refs(plan: &mut Plan, depth: usize, f: Visitor<'_>) {
    for expr in own_exprs(plan) {
        expr_refs(expr, depth, f);
    }
    if let Plan::Join(join) = plan {
        for (left, right) in &mut join.keys {
            expr_refs(left, depth, f);
            expr_refs(right, depth, f);
        }
    }
    for (input, deeper) in inputs_mut(plan) {
        plan_refs(input, depth + deeper, f);
    }
}

/// The expression as seen `by` levels further in: its own row becomes an outer one.
pub fn sink_expr(expr: &mut BoundExpr, by: usize) {
    expr_refs(expr, 0, &mut |depth, up, _| {
        if *up >= depth {
            *up += by;
        }
    });
}

/// References to outer rows, `by` levels further out; `by` may be negative when a level goes.
pub fn move_outer(plan: &mut Plan, by: isize) {
    plan_refs(plan, 0, &mut |depth, up, _| {
        if *up > depth {
            *up = up.saturating_add_signed(by);
        }
    });
}

/// Does the plan reference rows outside of itself?
pub fn is_correlated(plan: &Plan) -> bool {
    let mut found = false;
    plan_refs(&mut plan.clone(), 0, &mut |depth, up, _| {
        found |= *up > depth;
    });
    found
}

/// Ordinals of the current row that the expression uses.
pub fn used_columns(expr: &BoundExpr) -> Vec<usize> {
    let mut used = Vec::new();
    expr_refs(&mut expr.clone(), 0, &mut |depth, up, ordinal| {
        if *up == depth {
            used.push(*ordinal);
        }
    });
    used
}

/// Does the expression contain a query?
pub fn has_subquery(expr: &BoundExpr) -> bool {
    let mut expr = expr.clone();
    contains_subquery(&mut expr)
}

fn contains_subquery(expr: &mut BoundExpr) -> bool {
    subquery_mut(&mut expr.node).is_some()
        || children_mut(&mut expr.node)
            .into_iter()
            .any(contains_subquery)
}

/// Changes the ordinals of the current row's references.
pub fn map_columns(expr: &mut BoundExpr, map: &mut dyn FnMut(usize) -> usize) {
    expr_refs(expr, 0, &mut |depth, up, ordinal| {
        if *up == depth {
            *ordinal = map(*ordinal);
        }
    });
}
