//! Groups that an index brings together: equal keys come one after the other, and one group at a time is kept.

use crate::catalog::model::{IndexDef, IndexKind};
use crate::engine::Session;

use super::access;
use super::expr::{BoundExpr, Node};
use super::plan::{JoinType, Plan, Scan};
use super::prune::width;
use super::storage;
use super::visit::inputs_mut;

/// Rows from which on another index is worth reading for its order.
const WORTHWHILE: u64 = 1000;

/// Lets aggregates read their input in an order that groups it, where an index gives one.
pub(super) fn order_groups(plan: &mut Plan, session: &Session) {
    if let Plan::Aggregate(aggregate) = plan
        && aggregate.sets.is_empty()
        && !aggregate.keys.is_empty()
        && let Some(columns) = columns_of(&aggregate.keys)
    {
        aggregate.ordered = grouped_by(&mut aggregate.input, &columns, session);
    }
    for (input, _) in inputs_mut(plan) {
        order_groups(input, session);
    }
}

/// The ordinals, if all expressions are columns of the row.
fn columns_of(exprs: &[BoundExpr]) -> Option<Vec<usize>> {
    exprs
        .iter()
        .map(|expr| match expr.node {
            Node::Column { up: 0, ordinal } => Some(ordinal),
            _ => None,
        })
        .collect()
}

/// Makes the plan give rows with equal values of these columns one after the other, if its driving scan can.
fn grouped_by(plan: &mut Plan, columns: &[usize], session: &Session) -> bool {
    match plan {
        Plan::Scan(scan) => {
            let rows = storage::row_count(session, scan.object_id);
            satisfy(scan, columns, rows)
        }
        Plan::Filter { input, .. } => grouped_by(input, columns, session),
        Plan::Project { input, exprs } => {
            let below: Vec<BoundExpr> = columns.iter().map(|c| exprs[*c].clone()).collect();
            match columns_of(&below) {
                Some(below) => grouped_by(input, &below, session),
                None => false,
            }
        }
        Plan::Apply { left, .. } => {
            let split = width(left);
            columns.iter().all(|c| *c < split) && grouped_by(left, columns, session)
        }
        // A hash join gives its rows in the order of the left side.
        Plan::Join(join) if !matches!(join.kind, JoinType::Right | JoinType::Full) => {
            columns.iter().all(|c| *c < join.left_width)
                && grouped_by(&mut join.left, columns, session)
        }
        _ => false,
    }
}

fn satisfy(scan: &mut Scan, columns: &[usize], rows: u64) -> bool {
    let Some(wanted) = columns
        .iter()
        .map(|c| scan.columns.get(*c).map(|o| scan.def.columns[*o].column_id))
        .collect::<Option<Vec<i32>>>()
    else {
        return false;
    };
    let found = access::usable(scan)
        .filter(|index| scan.forced_index.is_none_or(|id| id == index.index_id))
        .filter(|index| groups(index, scan.equal.len(), &wanted))
        .find(|index| Some(index.index_id) == read_index(scan) || may_replace(scan, index, rows))
        .map(|index| index.index_id);
    if let Some(id) = found {
        scan.index_id = Some(id);
    }
    found.is_some()
}

/// The index that the scan reads as it is.
fn read_index(scan: &Scan) -> Option<i32> {
    scan.index_id.or_else(|| {
        access::usable(scan)
            .find(|index| index.kind == IndexKind::Clustered)
            .map(|index| index.index_id)
    })
}

/// Do the keys after the fixed ones begin with the wanted columns, in whatever order?
fn groups(index: &IndexDef, fixed: usize, wanted: &[i32]) -> bool {
    let (fixed, free) = index.keys.split_at(fixed.min(index.keys.len()));
    let mut open: Vec<i32> = wanted
        .iter()
        .copied()
        .filter(|id| !fixed.iter().any(|key| key.column_id == *id))
        .collect();
    open.sort_unstable();
    open.dedup();
    free.len() >= open.len()
        && free[..open.len()]
            .iter()
            .all(|key| open.contains(&key.column_id))
}

/// Can the scan read this index instead, with the same range, and without looking further for its columns?
fn may_replace(scan: &Scan, index: &IndexDef, rows: u64) -> bool {
    let ranged = scan.equal.len() + usize::from(scan.low.is_some() || scan.high.is_some());
    let same_range = match scan.index_id {
        None => ranged == 0,
        Some(id) => scan
            .def
            .indexes
            .iter()
            .find(|current| current.index_id == id)
            .is_some_and(|current| {
                index.keys.len() >= ranged
                    && current.keys[..ranged]
                        .iter()
                        .zip(&index.keys)
                        .all(|(a, b)| a.column_id == b.column_id)
            }),
    };
    rows >= WORTHWHILE && index.filter.is_none() && same_range && covers(scan, index)
}

/// Are all columns of the scan in the index, or in the clustered key that every index carries?
fn covers(scan: &Scan, index: &IndexDef) -> bool {
    let clustered = access::usable(scan).find(|i| i.kind == IndexKind::Clustered);
    scan.columns.iter().all(|ordinal| {
        let id = scan.def.columns[*ordinal].column_id;
        index.includes.contains(&id)
            || index
                .keys
                .iter()
                .chain(clustered.iter().flat_map(|c| &c.keys))
                .any(|key| key.column_id == id)
    })
}
