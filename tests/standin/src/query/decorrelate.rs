//! EXISTS and IN as semi joins, NOT EXISTS as anti joins.

use crate::engine::Session;
use crate::syntax::ast::BinaryOp;

use super::access;
use super::bind_predicate::{all_of, conjuncts};
use super::expr::{BoundExpr, Node};
use super::optimize::estimate;
use super::plan::{JoinType, Plan};
use super::visit::{expr_refs, has_subquery, is_correlated, move_outer};

pub(super) struct SemiJoin {
    pub kind: JoinType,
    pub right: Plan,
    pub keys: Vec<(BoundExpr, BoundExpr)>,
}

/// The predicate as a join with the rows that it filters; None when it stays a predicate.
pub(super) fn semi_join(predicate: &BoundExpr, rows: f64, session: &Session) -> Option<SemiJoin> {
    match &predicate.node {
        Node::Exists(query) => exists(&query.plan, JoinType::Semi, rows, session),
        Node::Not(inner) => match &inner.node {
            Node::Exists(query) => exists(&query.plan, JoinType::Anti, rows, session),
            _ => None,
        },
        Node::InQuery {
            input,
            query,
            negated: false,
        } if query.independent && !has_subquery(input) => {
            let mut right = (*query.plan).clone();
            // The query saw the row as an outer level, which a join has not.
            move_outer(&mut right, -1);
            let column = BoundExpr::column(0, input.ty.clone(), true);
            Some(SemiJoin {
                kind: JoinType::Semi,
                right,
                keys: vec![((**input).clone(), column)],
            })
        }
        _ => None,
    }
}

fn exists(plan: &Plan, kind: JoinType, rows: f64, session: &Session) -> Option<SemiJoin> {
    let (source, predicates) = parts(plan)?;
    if references_level(source) {
        return None;
    }
    let (mut keys, mut rest) = (Vec::new(), Vec::new());
    for predicate in predicates {
        if !refers_out(&predicate) {
            rest.push(predicate);
        } else {
            keys.push(key_pair(&predicate)?);
        }
    }
    if keys.is_empty() {
        return None;
    }
    if let Plan::Scan(scan) = source {
        let columns: Vec<usize> = keys
            .iter()
            .filter_map(|(_, inner)| match inner.node {
                Node::Column { up: 0, ordinal } => Some(ordinal),
                _ => None,
            })
            .collect();
        // A seek for each row reads less, and locks only what it reads.
        if access::has_index_on(scan, &columns)
            && (rows * 8.0 < estimate(source, session) || scan.hints.locks_read())
        {
            return None;
        }
    }
    let mut right = match all_of(rest) {
        None => source.clone(),
        Some(predicate) => Plan::Filter {
            input: Box::new(source.clone()),
            predicate,
        },
    };
    move_outer(&mut right, -1);
    Some(SemiJoin { kind, right, keys })
}

/// The rows below projection and filter, and the filter.
fn parts(plan: &Plan) -> Option<(&Plan, Vec<BoundExpr>)> {
    match plan {
        Plan::Project { input, exprs } if !exprs.iter().any(has_subquery) => parts(input),
        Plan::Filter { input, predicate } => Some((input, conjuncts(predicate.clone()))),
        Plan::Top { .. } | Plan::Aggregate(_) | Plan::Offset { .. } | Plan::Window(_) => None,
        _ => None,
    }
}

fn references_level(plan: &Plan) -> bool {
    is_correlated(plan)
}

fn refers_out(expr: &BoundExpr) -> bool {
    let mut found = false;
    expr_refs(&mut expr.clone(), 0, &mut |depth, up, _| {
        found |= *up > depth;
    });
    found
}

/// `outer = inner`: the outer side as the filtered rows see it, the inner side as it is.
fn key_pair(predicate: &BoundExpr) -> Option<(BoundExpr, BoundExpr)> {
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
    let side = |expr: &BoundExpr| {
        let (mut inner, mut outer, mut further) = (false, false, false);
        expr_refs(&mut expr.clone(), 0, &mut |_, up, _| match *up {
            0 => inner = true,
            1 => outer = true,
            _ => further = true,
        });
        (inner, outer, further)
    };
    let raise = |expr: &BoundExpr| {
        let mut expr = expr.clone();
        expr_refs(&mut expr, 0, &mut |_, up, _| *up -= 1);
        expr
    };
    match (side(left), side(right)) {
        ((true, false, false), (false, true, false)) => Some((raise(right), (**left).clone())),
        ((false, true, false), (true, false, false)) => Some((raise(left), (**right).clone())),
        _ => None,
    }
}
