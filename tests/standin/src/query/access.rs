//! Which index a scan uses: equal values for leading key columns, then bounds on the next one.

use crate::catalog::model::{IndexDef, IndexKind};
use crate::syntax::ast::BinaryOp;

use super::expr::{BoundExpr, Node};
use super::plan::{Scan, SortKey};
use super::visit::{has_subquery, used_columns};

/// A predicate that an index can answer: column of the scan's row, operator, value that does not depend on the row.
struct Sarg {
    column: usize,
    op: BinaryOp,
    value: BoundExpr,
}

/// Chooses the index for the conjuncts; they stay as a filter above.
pub(super) fn choose(scan: &mut Scan, conjuncts: &[BoundExpr]) {
    let sargs: Vec<Sarg> = conjuncts.iter().filter_map(sarg).collect();
    let mut best: Option<(usize, i32)> = None;
    for index in usable(scan) {
        if scan.forced_index.is_some_and(|id| id != index.index_id) {
            continue;
        }
        if index.filter.is_some() && !filter_implied(scan, index, conjuncts) {
            continue;
        }
        let score = score(scan, index, &sargs);
        if score > best.map_or(0, |(s, _)| s) {
            best = Some((score, index.index_id));
        }
    }
    if let Some((_, id)) = best {
        apply(scan, id, &sargs);
    }
}

pub(super) fn usable(scan: &Scan) -> impl Iterator<Item = &IndexDef> {
    scan.def.indexes.iter().filter(|i| {
        !i.disabled
            && matches!(
                i.kind,
                IndexKind::Clustered
                    | IndexKind::Nonclustered
                    | IndexKind::Range
                    | IndexKind::Hash(_)
            )
            && !i.keys.is_empty()
    })
}

/// A filtered index serves only queries that imply its filter; the one form that is understood is `[c] IS NOT NULL`
/// with a comparison of that column.
fn filter_implied(scan: &Scan, index: &IndexDef, conjuncts: &[BoundExpr]) -> bool {
    let Some(text) = &index.filter else {
        return true;
    };
    let squeezed: String = text
        .chars()
        .filter(|c| !matches!(c, '(' | ')' | '[' | ']'))
        .collect::<String>()
        .trim()
        .to_ascii_lowercase();
    let Some(name) = squeezed.strip_suffix(" is not null") else {
        return false;
    };
    let Some(ordinal) = scan.def.column_ordinal(name.trim()) else {
        return false;
    };
    conjuncts.iter().any(|c| match &c.node {
        Node::IsNull {
            input,
            negated: true,
        } => is_column(input, scan, ordinal),
        Node::Compare { left, right, .. } => {
            is_column(left, scan, ordinal) || is_column(right, scan, ordinal)
        }
        _ => false,
    })
}

fn is_column(expr: &BoundExpr, scan: &Scan, table_ordinal: usize) -> bool {
    matches!(expr.node, Node::Column { up: 0, ordinal } if scan.columns.get(ordinal) == Some(&table_ordinal))
}

fn sarg(expr: &BoundExpr) -> Option<Sarg> {
    let Node::Compare { op, left, right } = &expr.node else {
        return None;
    };
    if *op == BinaryOp::NotEqual {
        return None;
    }
    let free = |e: &BoundExpr| used_columns(e).is_empty() && !has_subquery(e);
    match (&left.node, &right.node) {
        (Node::Column { up: 0, ordinal }, _) if free(right) => Some(Sarg {
            column: *ordinal,
            op: *op,
            value: (**right).clone(),
        }),
        (_, Node::Column { up: 0, ordinal }) if free(left) => Some(Sarg {
            column: *ordinal,
            op: mirrored(*op),
            value: (**left).clone(),
        }),
        _ => None,
    }
}

fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessOrEqual => BinaryOp::GreaterOrEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterOrEqual => BinaryOp::LessOrEqual,
        other => other,
    }
}

/// The scan's row ordinal of an index key column.
fn key_position(scan: &Scan, column_id: i32) -> Option<usize> {
    let ordinal = scan.def.ordinal_of(column_id)?;
    scan.columns.iter().position(|c| *c == ordinal)
}

/// 4 for an equal key column, 2 for each bound after them, 1 more for a unique index that is met whole.
fn score(scan: &Scan, index: &IndexDef, sargs: &[Sarg]) -> usize {
    let mut score = 0;
    // A hash of some of the columns finds nothing.
    if is_hash(index) && !all_equal(scan, index, sargs) {
        return 0;
    }
    for key in &index.keys {
        let Some(column) = key_position(scan, key.column_id) else {
            return score;
        };
        if sargs
            .iter()
            .any(|s| s.column == column && s.op == BinaryOp::Equal)
        {
            score += 4;
            continue;
        }
        let bound = |ops: [BinaryOp; 2]| {
            usize::from(
                sargs
                    .iter()
                    .any(|s| s.column == column && ops.contains(&s.op)),
            )
        };
        score += 2 * bound([BinaryOp::Greater, BinaryOp::GreaterOrEqual]);
        score += 2 * bound([BinaryOp::Less, BinaryOp::LessOrEqual]);
        return score;
    }
    if index.unique { score + 100 } else { score }
}

fn is_hash(index: &IndexDef) -> bool {
    matches!(index.kind, IndexKind::Hash(_))
}

fn all_equal(scan: &Scan, index: &IndexDef, sargs: &[Sarg]) -> bool {
    index.keys.iter().all(|key| {
        key_position(scan, key.column_id).is_some_and(|column| {
            sargs
                .iter()
                .any(|s| s.column == column && s.op == BinaryOp::Equal)
        })
    })
}

fn apply(scan: &mut Scan, index_id: i32, sargs: &[Sarg]) {
    let Some(index) = scan
        .def
        .indexes
        .iter()
        .find(|i| i.index_id == index_id)
        .cloned()
    else {
        return;
    };
    scan.index_id = Some(index_id);
    scan.equal.clear();
    scan.low = None;
    scan.high = None;
    for key in &index.keys {
        let Some(column) = key_position(scan, key.column_id) else {
            return;
        };
        if let Some(equal) = sargs
            .iter()
            .find(|s| s.column == column && s.op == BinaryOp::Equal)
        {
            scan.equal.push(equal.value.clone());
            continue;
        }
        for sarg in sargs.iter().filter(|s| s.column == column) {
            match sarg.op {
                BinaryOp::Greater if scan.low.is_none() => {
                    scan.low = Some((sarg.value.clone(), false))
                }
                BinaryOp::GreaterOrEqual if scan.low.is_none() => {
                    scan.low = Some((sarg.value.clone(), true));
                }
                BinaryOp::Less if scan.high.is_none() => {
                    scan.high = Some((sarg.value.clone(), false))
                }
                BinaryOp::LessOrEqual if scan.high.is_none() => {
                    scan.high = Some((sarg.value.clone(), true));
                }
                _ => {}
            }
        }
        return;
    }
}

/// Rows that a scan is thought to give, of `rows` in the table.
pub(super) fn estimate(scan: &Scan, rows: f64) -> f64 {
    let Some(index) = scan
        .index_id
        .and_then(|id| scan.def.indexes.iter().find(|i| i.index_id == id))
    else {
        return rows;
    };
    if index.unique && scan.equal.len() == index.keys.len() {
        return 1.0;
    }
    let mut estimate = rows;
    for at in 0..scan.equal.len() {
        estimate *= if at == 0 { 0.001 } else { 0.1 };
    }
    if scan.low.is_some() {
        estimate *= 0.3;
    }
    if scan.high.is_some() {
        estimate *= 0.3;
    }
    estimate.max(1.0)
}

/// Can these columns be sought by an index's leading keys?
pub(super) fn has_index_on(scan: &Scan, columns: &[usize]) -> bool {
    let among =
        |id: i32| key_position(scan, id).is_some_and(|position| columns.contains(&position));
    usable(scan).any(|i| {
        if is_hash(i) {
            return i.keys.iter().all(|k| among(k.column_id));
        }
        i.filter.is_none() && i.keys.first().is_some_and(|k| among(k.column_id))
    })
}

/// Makes the scan give its rows in the order of the keys, if an index does that.
pub(super) fn satisfy_order(scan: &mut Scan, keys: &[SortKey], limited: bool) -> bool {
    let candidates: Vec<IndexDef> = match scan.index_id {
        Some(id) => scan
            .def
            .indexes
            .iter()
            .filter(|i| i.index_id == id)
            .cloned()
            .collect(),
        None => usable(scan)
            .filter(|i| {
                i.filter.is_none() && !is_hash(i) && (limited || i.kind == IndexKind::Clustered)
            })
            .cloned()
            .collect(),
    };
    for index in candidates {
        if let Some(descending) = order_of(scan, &index, keys) {
            scan.index_id = Some(index.index_id);
            scan.descending = descending;
            return true;
        }
    }
    false
}

/// Whether to read backwards, when the index's order is that of the keys.
fn order_of(scan: &Scan, index: &IndexDef, keys: &[SortKey]) -> Option<bool> {
    let mut remaining = index.keys.iter().skip(scan.equal.len());
    let mut direction = None;
    for key in keys {
        let Node::Column { up: 0, ordinal } = key.expr.node else {
            return None;
        };
        // A column with one value only does not matter.
        let fixed = index
            .keys
            .iter()
            .take(scan.equal.len())
            .any(|k| key_position(scan, k.column_id) == Some(ordinal));
        if fixed {
            continue;
        }
        let Some(column) = remaining.next() else {
            // All keys of a unique index are spent: rows cannot tie any more.
            return index.unique.then(|| direction.unwrap_or(false));
        };
        if key_position(scan, column.column_id) != Some(ordinal) {
            return None;
        }
        let backwards = column.descending != key.descending;
        if *direction.get_or_insert(backwards) != backwards {
            return None;
        }
    }
    Some(direction.unwrap_or(false))
}
