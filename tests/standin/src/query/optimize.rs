//! From what was bound to what runs: predicates sink to the scans, joins choose hash or seek, orders come from indexes.

use std::sync::Arc;

use crate::engine::Session;
use crate::syntax::ast::BinaryOp;

use super::access;
use super::bind_predicate::{all_of, conjuncts};
use super::expr::{BoundExpr, Node};
use super::grouping;
use super::plan::{Join, JoinType, Plan, SortKey};
use super::prune::{prune_all, width};
use super::storage;
use super::visit::{
    children_mut, has_subquery, inputs_mut, map_columns, move_outer, own_exprs, used_columns,
};

pub(super) fn optimize(plan: Plan, session: &Session) -> Plan {
    let mut plan = sink(plan, Vec::new(), session);
    limit_sorts(&mut plan, None);
    super::narrow::narrow_sorts(&mut plan);
    prune_all(&mut plan);
    grouping::order_groups(&mut plan, session);
    plan
}

/// Optimizes the queries inside an expression.
pub(super) fn optimize_expr(expr: &mut BoundExpr, session: &Session) {
    if let Node::Scalar(query)
    | Node::Exists(query)
    | Node::InQuery { query, .. }
    | Node::Quantified { query, .. } = &mut expr.node
    {
        let plan =
            Arc::unwrap_or_clone(std::mem::replace(&mut query.plan, Arc::new(Plan::Nothing)));
        query.plan = Arc::new(optimize(plan, session));
    }
    for child in children_mut(&mut expr.node) {
        optimize_expr(child, session);
    }
    super::fold::fold(expr);
}

fn filter(plan: Plan, predicates: Vec<BoundExpr>, session: &Session) -> Plan {
    match all_of(predicates) {
        None => plan,
        Some(mut predicate) => {
            optimize_expr(&mut predicate, session);
            Plan::Filter {
                input: Box::new(plan),
                predicate,
            }
        }
    }
}

/// Optimizes a plan whose rows must also satisfy `predicates`.
fn sink(plan: Plan, mut predicates: Vec<BoundExpr>, session: &Session) -> Plan {
    match plan {
        Plan::Filter { input, predicate } => {
            let mut all = conjuncts(predicate);
            all.append(&mut predicates);
            sink(*input, all, session)
        }
        Plan::Project { input, mut exprs } => {
            let (below, above): (Vec<_>, Vec<_>) = predicates
                .into_iter()
                .partition(|p| passes_projection(p, &exprs));
            let below = below
                .into_iter()
                .map(|mut p| {
                    map_columns(&mut p, &mut |o| match exprs[o].node {
                        Node::Column { ordinal, .. } => ordinal,
                        _ => o,
                    });
                    p
                })
                .collect();
            for expr in &mut exprs {
                optimize_expr(expr, session);
            }
            let plan = Plan::Project {
                input: Box::new(sink(*input, below, session)),
                exprs,
            };
            filter(plan, above, session)
        }
        Plan::Join(join) => sink_join(*join, predicates, session),
        Plan::Apply {
            kind,
            left,
            right,
            right_width,
        } => sink_apply(kind, *left, *right, right_width, predicates, session),
        Plan::UnionAll(list) => {
            let (below, above): (Vec<_>, Vec<_>) =
                predicates.into_iter().partition(|p| !has_subquery(p));
            let list = list
                .into_iter()
                .map(|p| sink(p, below.clone(), session))
                .collect();
            filter(Plan::UnionAll(list), above, session)
        }
        Plan::Sort {
            input,
            mut keys,
            limit: None,
        } => {
            for key in &mut keys {
                optimize_expr(&mut key.expr, session);
            }
            Plan::Sort {
                input: Box::new(sink(*input, predicates, session)),
                keys,
                limit: None,
            }
        }
        Plan::Scan(mut scan) => {
            access::choose(&mut scan, &predicates);
            semi_joins(Plan::Scan(scan), predicates, session)
        }
        mut other => {
            for expr in own_exprs(&mut other) {
                optimize_expr(expr, session);
            }
            for (input, _) in inputs_mut(&mut other) {
                let taken = std::mem::replace(input, Plan::Nothing);
                *input = sink(taken, Vec::new(), session);
            }
            semi_joins(other, predicates, session)
        }
    }
}

/// Only plain columns below, and nothing that would be evaluated more often than it is written.
fn passes_projection(predicate: &BoundExpr, exprs: &[BoundExpr]) -> bool {
    used_columns(predicate)
        .iter()
        .all(|o| matches!(exprs[*o].node, Node::Column { up: 0, .. }))
}

fn only_below(predicate: &BoundExpr, split: usize) -> bool {
    used_columns(predicate).iter().all(|o| *o < split)
}

fn only_above(predicate: &BoundExpr, split: usize) -> bool {
    let used = used_columns(predicate);
    !used.is_empty() && used.iter().all(|o| *o >= split)
}

fn lowered(mut predicate: BoundExpr, split: usize) -> BoundExpr {
    map_columns(&mut predicate, &mut |o| o - split);
    predicate
}

fn sink_join(mut join: Join, predicates: Vec<BoundExpr>, session: &Session) -> Plan {
    let split = join.left_width;
    let mut on: Vec<BoundExpr> = join.on.take().map(conjuncts).unwrap_or_default();
    let (mut left, mut right, mut above) = (Vec::new(), Vec::new(), Vec::new());
    for predicate in predicates {
        let (to_left, to_right) = match join.kind {
            JoinType::Inner => (true, true),
            JoinType::Left | JoinType::Semi | JoinType::Anti => (true, false),
            JoinType::Right => (false, true),
            JoinType::Full => (false, false),
        };
        if to_left && only_below(&predicate, split) {
            left.push(predicate);
        } else if to_right && only_above(&predicate, split) {
            right.push(lowered(predicate, split));
        } else if join.kind == JoinType::Inner && !has_subquery(&predicate) {
            on.push(predicate);
        } else {
            above.push(predicate);
        }
    }
    let mut rest = Vec::new();
    for predicate in on {
        let to_left = matches!(
            join.kind,
            JoinType::Inner | JoinType::Right | JoinType::Semi
        );
        let to_right = !matches!(join.kind, JoinType::Right | JoinType::Full);
        if to_left && only_below(&predicate, split) {
            left.push(predicate);
        } else if to_right && only_above(&predicate, split) {
            right.push(lowered(predicate, split));
        } else if let Some(pair) = equal_pair(&predicate, split) {
            join.keys.push(pair);
        } else {
            rest.push(predicate);
        }
    }
    // Subqueries in ON keep their own plans.
    rest.iter_mut().for_each(|p| optimize_expr(p, session));
    join.on = all_of(rest);
    join.left = sink(join.left, left, session);
    join.right = sink(join.right, right, session);
    let plan = choose_join(join, session);
    semi_joins(plan, above, session)
}

/// `left = right` as keys of both sides.
fn equal_pair(predicate: &BoundExpr, split: usize) -> Option<(BoundExpr, BoundExpr)> {
    let Node::Compare {
        op: BinaryOp::Equal,
        left,
        right,
    } = &predicate.node
    else {
        return None;
    };
    if has_subquery(left) || has_subquery(right) {
        return None;
    }
    let below = |e: &BoundExpr| !used_columns(e).is_empty() && only_below(e, split);
    if below(left) && only_above(right, split) {
        Some(((**left).clone(), lowered((**right).clone(), split)))
    } else if below(right) && only_above(left, split) {
        Some(((**right).clone(), lowered((**left).clone(), split)))
    } else {
        None
    }
}

/// Loops over the left side and seeks in the right one where that reads less than hashing it.
fn choose_join(mut join: Join, session: &Session) -> Plan {
    let left_rows = estimate(&join.left, session);
    let right_rows = estimate(&join.right, session);
    let right_seeks = seekable(&join.right, join.keys.iter().map(|(_, r)| r));
    let left_seeks = seekable(&join.left, join.keys.iter().map(|(l, _)| l));
    let swap = join.kind == JoinType::Inner
        && ((left_seeks
            && right_rows * 8.0 < left_rows
            && !(right_seeks && left_rows * 8.0 < right_rows))
            || (!right_seeks && !left_seeks && left_rows * 4.0 < right_rows));
    if swap {
        return swapped(join, session);
    }
    if right_seeks
        && left_rows * 8.0 < right_rows
        && matches!(
            join.kind,
            JoinType::Inner | JoinType::Left | JoinType::Semi | JoinType::Anti
        )
    {
        return seek_join(join, session);
    }
    if join.keys.is_empty() && join.kind == JoinType::Right {
        join.build_left = false;
    }
    Plan::Join(Box::new(join))
}

/// The same inner join with its sides exchanged, and its columns put back in order.
fn swapped(join: Join, session: &Session) -> Plan {
    let (left_width, right_width) = (join.left_width, join.right_width);
    let mut on = join.on;
    if let Some(on) = &mut on {
        map_columns(on, &mut |o| {
            if o < left_width {
                o + right_width
            } else {
                o - left_width
            }
        });
    }
    let other = Join {
        kind: JoinType::Inner,
        left: join.right,
        right: join.left,
        left_width: right_width,
        right_width: left_width,
        keys: join.keys.into_iter().map(|(l, r)| (r, l)).collect(),
        on,
        build_left: false,
    };
    let seeks = seekable(&other.right, other.keys.iter().map(|(_, r)| r));
    let plan = if seeks && estimate(&other.left, session) * 8.0 < estimate(&other.right, session) {
        seek_join(other, session)
    } else {
        Plan::Join(Box::new(other))
    };
    let exprs = (0..left_width)
        .map(|o| o + right_width)
        .chain(0..right_width)
        .map(|o| BoundExpr::column(o, crate::types::SqlType::INT, true))
        .collect();
    Plan::Project {
        input: Box::new(plan),
        exprs,
    }
}

/// Can the keys be sought in an index of the plan's table? Derived tables that rename columns are looked through.
fn seekable<'e>(plan: &Plan, keys: impl Iterator<Item = &'e BoundExpr>) -> bool {
    let mut columns: Vec<usize> = keys.filter_map(plain_column).collect();
    let mut plan = plan;
    loop {
        match plan {
            Plan::Scan(scan) => {
                return !columns.is_empty() && access::has_index_on(scan, &columns);
            }
            Plan::Filter { input, .. } => plan = input,
            Plan::Project { input, exprs } if !exprs.iter().any(has_subquery) => {
                columns = columns
                    .into_iter()
                    .filter_map(|c| plain_column(&exprs[c]))
                    .collect();
                plan = input;
            }
            _ => return false,
        }
    }
}

fn plain_column(expr: &BoundExpr) -> Option<usize> {
    match expr.node {
        Node::Column { up: 0, ordinal } => Some(ordinal),
        _ => None,
    }
}

/// The right side runs for each left row, its keys as predicates of its scan.
fn seek_join(join: Join, session: &Session) -> Plan {
    let (kind, right_width, left_width) = (join.kind, join.right_width, join.left_width);
    let mut right = join.right;
    move_outer(&mut right, 1);
    let mut predicates: Vec<BoundExpr> = join
        .keys
        .into_iter()
        .map(|(left, right)| {
            let mut outer = left;
            super::visit::sink_expr(&mut outer, 1);
            super::bind_predicate::logical(Node::Compare {
                op: BinaryOp::Equal,
                left: Box::new(right),
                right: Box::new(outer),
            })
        })
        .collect();
    if let Some(on) = join.on {
        for mut predicate in conjuncts(on) {
            super::visit::expr_refs(&mut predicate, 0, &mut |depth, up, ordinal| {
                if *up > depth || (*up == depth && *ordinal < left_width) {
                    *up += 1;
                } else if *up == depth {
                    *ordinal -= left_width;
                }
            });
            predicates.push(predicate);
        }
    }
    Plan::Apply {
        kind,
        left: Box::new(join.left),
        right: Box::new(sink(right, predicates, session)),
        right_width,
    }
}

fn sink_apply(
    kind: JoinType,
    left: Plan,
    right: Plan,
    right_width: usize,
    predicates: Vec<BoundExpr>,
    session: &Session,
) -> Plan {
    let split = width(&left);
    let (mut to_left, mut to_right, mut above) = (Vec::new(), Vec::new(), Vec::new());
    for predicate in predicates {
        if only_below(&predicate, split) {
            to_left.push(predicate);
        } else if kind == JoinType::Inner && !has_subquery(&predicate) {
            let mut predicate = predicate;
            super::visit::expr_refs(&mut predicate, 0, &mut |depth, up, ordinal| {
                if *up > depth || (*up == depth && *ordinal < split) {
                    *up += 1;
                } else if *up == depth {
                    *ordinal -= split;
                }
            });
            to_right.push(predicate);
        } else {
            above.push(predicate);
        }
    }
    let plan = Plan::Apply {
        kind,
        left: Box::new(sink(left, to_left, session)),
        right: Box::new(sink(right, to_right, session)),
        right_width,
    };
    semi_joins(plan, above, session)
}

/// Filters; EXISTS and IN whose correlation is equality become semi and anti joins where no index would be sought.
fn semi_joins(plan: Plan, predicates: Vec<BoundExpr>, session: &Session) -> Plan {
    let rows = estimate(&plan, session);
    let (mut kept, mut joins) = (Vec::new(), Vec::new());
    for predicate in predicates {
        match super::decorrelate::semi_join(&predicate, rows, session) {
            Some(parts) => joins.push(parts),
            None => kept.push(predicate),
        }
    }
    let mut plan = filter(plan, kept, session);
    for parts in joins {
        let left_width = width(&plan);
        let right = sink(parts.right, Vec::new(), session);
        let right_width = width(&right);
        plan = Plan::Join(Box::new(Join {
            kind: parts.kind,
            left: plan,
            right,
            left_width,
            right_width,
            keys: parts.keys,
            on: None,
            build_left: false,
        }));
    }
    plan
}

/// Rows that a plan is thought to give.
pub(super) fn estimate(plan: &Plan, session: &Session) -> f64 {
    match plan {
        Plan::OneRow | Plan::ForJson { .. } => 1.0,
        Plan::Nothing => 0.0,
        #[allow(clippy::cast_precision_loss)]
        Plan::Values(rows) => rows.len() as f64,
        Plan::Scan(scan) => {
            #[allow(clippy::cast_precision_loss)]
            let rows = storage::row_count(session, scan.object_id) as f64;
            access::estimate(scan, rows.max(1.0))
        }
        Plan::SystemView(_) => 200.0,
        Plan::TableFunction(_) => 50.0,
        Plan::WorkTable { .. } => 10.0,
        Plan::Recursive { .. } => 1000.0,
        Plan::Filter { input, .. } => match &**input {
            Plan::Scan(scan) if scan.index_id.is_some() => estimate(input, session),
            _ => (estimate(input, session) * 0.3).max(1.0),
        },
        Plan::Project { input, .. }
        | Plan::Sort { input, .. }
        | Plan::Offset { input, .. }
        | Plan::Distinct(input, _)
        | Plan::FirstOf(input) => estimate(input, session),
        Plan::Top { input, count, .. } => {
            let rows = estimate(input, session);
            match &count.node {
                #[allow(clippy::cast_precision_loss)]
                Node::Constant(crate::types::Value::BigInt(n)) => rows.min(*n as f64),
                _ => rows.min(1000.0),
            }
        }
        Plan::Window(window) => estimate(&window.input, session),
        Plan::Aggregate(a) if a.scalar => 1.0,
        Plan::Aggregate(a) => (estimate(&a.input, session) * 0.2).max(1.0),
        Plan::Join(join) => match (join.kind, join.keys.is_empty()) {
            (JoinType::Semi | JoinType::Anti, _) => estimate(&join.left, session) * 0.5,
            (_, true) => estimate(&join.left, session) * estimate(&join.right, session),
            (_, false) => estimate(&join.left, session).max(estimate(&join.right, session)),
        },
        Plan::Apply { left, right, .. } => {
            estimate(left, session) * estimate(right, session).max(1.0)
        }
        Plan::UnionAll(list) => list.iter().map(|p| estimate(p, session)).sum(),
        Plan::SetOperation { left, .. } => estimate(left, session),
    }
}

/// Tells sorts how many rows are wanted, and drops the ones that an index makes needless.
fn limit_sorts(plan: &mut Plan, wanted: Option<&BoundExpr>) {
    let count = match plan {
        Plan::Top {
            count,
            percent: false,
            ties,
            ..
        } if ties.is_empty() => Some(count.clone()),
        Plan::Project { .. } => wanted.cloned(),
        _ => None,
    };
    if let Plan::Sort { input, keys, limit } = plan {
        limit.clone_from(&wanted.cloned());
        if ordered_by(input, keys, wanted.is_some()) {
            let taken = std::mem::replace(&mut **input, Plan::Nothing);
            *plan = taken;
            limit_sorts(plan, None);
            return;
        }
    }
    for (input, _) in inputs_mut(plan) {
        limit_sorts(input, count.as_ref());
    }
}

/// Makes the plan give its rows in this order, if its driving scan can.
fn ordered_by(plan: &mut Plan, keys: &[SortKey], limited: bool) -> bool {
    match plan {
        Plan::Scan(scan) => access::satisfy_order(scan, keys, limited),
        Plan::Filter { input, .. } => ordered_by(input, keys, limited),
        Plan::Project { input, exprs } => {
            let mut below = Vec::with_capacity(keys.len());
            for key in keys {
                let Node::Column { up: 0, ordinal } = key.expr.node else {
                    return false;
                };
                if !matches!(exprs[ordinal].node, Node::Column { up: 0, .. }) {
                    return false;
                }
                below.push(SortKey {
                    expr: exprs[ordinal].clone(),
                    descending: key.descending,
                });
            }
            ordered_by(input, &below, limited)
        }
        Plan::Apply { left, .. } => {
            let split = width(left);
            keys.iter().all(|k| only_below(&k.expr, split)) && ordered_by(left, keys, limited)
        }
        Plan::Join(join)
            if matches!(
                join.kind,
                JoinType::Inner | JoinType::Left | JoinType::Semi | JoinType::Anti
            ) =>
        {
            let split = join.left_width;
            keys.iter().all(|k| only_below(&k.expr, split))
                && ordered_by(&mut join.left, keys, limited)
        }
        _ => false,
    }
}
