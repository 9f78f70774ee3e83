//! Reads only the columns that are needed: ordinals are rewritten from the top of a plan down to its scans.

use std::collections::BTreeSet;

use super::expr::BoundExpr;
use super::plan::{Plan, TableFunction};
use super::visit::{inputs_mut, map_columns, own_exprs, plan_refs, used_columns};

/// Columns of a plan's rows.
pub(super) fn width(plan: &Plan) -> usize {
    match plan {
        Plan::OneRow | Plan::Nothing => 0,
        Plan::Values(rows) => rows.first().map_or(0, Vec::len),
        Plan::Scan(scan) => scan.columns.len() + usize::from(scan.row_id),
        Plan::SystemView(view) => view.view.columns().len(),
        Plan::TableFunction(function) => match &**function {
            TableFunction::StringSplit { ordinal, .. } => 1 + usize::from(*ordinal),
            TableFunction::GenerateSeries { .. } => 1,
            TableFunction::OpenJson { columns, .. } if columns.is_empty() => 3,
            TableFunction::OpenJson { columns, .. } => columns.len(),
            TableFunction::Module { width, .. } | TableFunction::System { width, .. } => *width,
        },
        Plan::Filter { input, .. }
        | Plan::Sort { input, .. }
        | Plan::Top { input, .. }
        | Plan::Offset { input, .. }
        | Plan::Distinct(input, _)
        | Plan::FirstOf(input) => width(input),
        Plan::Project { exprs, .. } => exprs.len(),
        Plan::Join(join) => {
            if matches!(
                join.kind,
                super::plan::JoinType::Semi | super::plan::JoinType::Anti
            ) {
                join.left_width
            } else {
                join.left_width + join.right_width
            }
        }
        Plan::Apply {
            kind,
            left,
            right_width,
            ..
        } => {
            if matches!(
                kind,
                super::plan::JoinType::Semi | super::plan::JoinType::Anti
            ) {
                width(left)
            } else {
                width(left) + right_width
            }
        }
        Plan::Aggregate(a) => a.keys.len() + a.calls.len() + usize::from(!a.sets.is_empty()),
        Plan::Window(w) => width(&w.input) + w.calls.len(),
        Plan::UnionAll(list) => list.first().map_or(0, width),
        Plan::SetOperation { left, .. } => width(left),
        Plan::Recursive { anchor, .. } => width(anchor),
        Plan::WorkTable { width, .. } => *width,
        Plan::ForJson { .. } => 1,
    }
}

/// New ordinals of old ones; columns that went have none.
type Renumbered = Vec<Option<usize>>;

fn identity(width: usize) -> Renumbered {
    (0..width).map(Some).collect()
}

/// Prunes a plan whose output must stay as it is.
pub(super) fn prune_all(plan: &mut Plan) {
    let all: BTreeSet<usize> = (0..width(plan)).collect();
    prune(plan, &all);
}

fn renumber(expr: &mut BoundExpr, map: &Renumbered) {
    map_columns(expr, &mut |o| map.get(o).copied().flatten().unwrap_or(o));
}

fn prune(plan: &mut Plan, needed: &BTreeSet<usize>) -> Renumbered {
    match plan {
        Plan::Scan(scan) => {
            let mut map = vec![None; scan.columns.len() + usize::from(scan.row_id)];
            let mut columns = Vec::with_capacity(needed.len());
            for (at, column) in scan.columns.iter().enumerate() {
                if needed.contains(&at) {
                    map[at] = Some(columns.len());
                    columns.push(*column);
                }
            }
            if scan.row_id {
                let last = map.len() - 1;
                map[last] = Some(columns.len());
            }
            scan.columns = columns;
            map
        }
        Plan::Project { input, exprs } => {
            let mut map = vec![None; exprs.len()];
            let mut kept = Vec::with_capacity(needed.len());
            for (at, expr) in std::mem::take(exprs).into_iter().enumerate() {
                if needed.contains(&at) {
                    map[at] = Some(kept.len());
                    kept.push(expr);
                }
            }
            *exprs = kept;
            let below = exprs.iter().flat_map(used_columns).collect();
            let inner = prune(input, &below);
            exprs.iter_mut().for_each(|e| renumber(e, &inner));
            map
        }
        Plan::Filter { .. } | Plan::Sort { .. } | Plan::Top { .. } | Plan::Offset { .. } => {
            let mut below = needed.clone();
            // Counts see no columns; keys and predicates do.
            for expr in own_exprs(plan) {
                below.extend(used_columns(expr));
            }
            let mut map = Vec::new();
            for (input, _) in inputs_mut(plan) {
                map = prune(input, &below);
            }
            for expr in own_exprs(plan) {
                renumber(expr, &map);
            }
            map
        }
        Plan::Join(join) => {
            let split = join.left_width;
            let mut left: BTreeSet<usize> = needed.iter().copied().filter(|o| *o < split).collect();
            let mut right: BTreeSet<usize> = needed
                .iter()
                .filter(|o| **o >= split)
                .map(|o| o - split)
                .collect();
            for ordinal in join.on.iter().flat_map(used_columns) {
                if ordinal < split {
                    left.insert(ordinal);
                } else {
                    right.insert(ordinal - split);
                }
            }
            for (l, r) in &join.keys {
                left.extend(used_columns(l));
                right.extend(used_columns(r));
            }
            let left_map = prune(&mut join.left, &left);
            let right_map = prune(&mut join.right, &right);
            join.left_width = count(&left_map);
            join.right_width = count(&right_map);
            for (l, r) in &mut join.keys {
                renumber(l, &left_map);
                renumber(r, &right_map);
            }
            let map = joined(left_map, right_map);
            if let Some(on) = &mut join.on {
                renumber(on, &map);
            }
            map
        }
        Plan::Apply {
            left,
            right,
            right_width,
            ..
        } => {
            let split = width(left);
            let mut left_needed: BTreeSet<usize> =
                needed.iter().copied().filter(|o| *o < split).collect();
            let right_needed: BTreeSet<usize> = needed
                .iter()
                .filter(|o| **o >= split)
                .map(|o| o - split)
                .collect();
            plan_refs(right, 1, &mut |depth, up, ordinal| {
                if *up == depth {
                    left_needed.insert(*ordinal);
                }
            });
            let left_map = prune(left, &left_needed);
            plan_refs(right, 1, &mut |depth, up, ordinal| {
                if *up == depth
                    && let Some(Some(new)) = left_map.get(*ordinal)
                {
                    *ordinal = *new;
                }
            });
            let right_map = prune(right, &right_needed);
            *right_width = count(&right_map);
            joined(left_map, right_map)
        }
        Plan::Aggregate(aggregate) => {
            let mut below: BTreeSet<usize> = BTreeSet::new();
            below.extend(aggregate.keys.iter().flat_map(used_columns));
            for call in &aggregate.calls {
                below.extend(call.args.iter().flat_map(used_columns));
                below.extend(call.order.iter().flat_map(|k| used_columns(&k.expr)));
            }
            let map = prune(&mut aggregate.input, &below);
            for expr in own_exprs(plan) {
                renumber(expr, &map);
            }
            identity(width(plan))
        }
        Plan::Window(window) => {
            let before = width(&window.input);
            let calls = window.calls.len();
            let mut below: BTreeSet<usize> =
                needed.iter().copied().filter(|o| *o < before).collect();
            for expr in own_exprs(plan) {
                below.extend(used_columns(expr));
            }
            let Plan::Window(window) = plan else {
                return Vec::new();
            };
            let mut map = prune(&mut window.input, &below);
            for expr in own_exprs(plan) {
                renumber(expr, &map);
            }
            let after = count(&map);
            map.extend((0..calls).map(|c| Some(after + c)));
            map
        }
        _ => {
            for (input, _) in inputs_mut(plan) {
                prune_all(input);
            }
            identity(width(plan))
        }
    }
}

fn count(map: &Renumbered) -> usize {
    map.iter().flatten().max().map_or(0, |m| m + 1)
}

fn joined(left: Renumbered, right: Renumbered) -> Renumbered {
    let offset = count(&left);
    let mut map = left;
    map.extend(right.into_iter().map(|o| o.map(|o| o + offset)));
    map
}
