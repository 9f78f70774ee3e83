//! ROLLUP, CUBE and GROUPING SETS as lists of key positions.

use crate::error::Result;
use crate::syntax::ast::{Expr, ExprKind, GroupItem};

use super::expr::{BoundExpr, Node};
use super::scope::{ScopeColumn, ScopeTable};

/// The cross product of the items' sets; empty when all items are plain.
pub(super) fn expand(
    items: &[GroupItem],
    position: &mut dyn FnMut(&Expr) -> Result<usize>,
) -> Result<Vec<Vec<usize>>> {
    if items.iter().all(|i| matches!(i, GroupItem::Expr(_))) {
        return Ok(Vec::new());
    }
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for item in items {
        let sets: Vec<Vec<usize>> = match item {
            GroupItem::Expr(expr) => vec![vec![position(expr)?]],
            GroupItem::Rollup(list) => {
                let keys = list
                    .iter()
                    .map(&mut *position)
                    .collect::<Result<Vec<_>>>()?;
                (0..=keys.len()).rev().map(|n| keys[..n].to_vec()).collect()
            }
            GroupItem::Cube(list) => {
                let keys = list
                    .iter()
                    .map(&mut *position)
                    .collect::<Result<Vec<_>>>()?;
                (0..1usize << keys.len())
                    .rev()
                    .map(|bits| {
                        keys.iter()
                            .enumerate()
                            .filter(|(at, _)| bits >> at & 1 == 1)
                            .map(|(_, k)| *k)
                            .collect()
                    })
                    .collect()
            }
            GroupItem::GroupingSets(sets) => sets
                .iter()
                .map(|set| set.iter().map(&mut *position).collect())
                .collect::<Result<_>>()?,
        };
        all = all
            .iter()
            .flat_map(|left| {
                sets.iter().map(move |right| {
                    let mut joined = left.clone();
                    joined.extend(right);
                    joined
                })
            })
            .collect();
    }
    Ok(all)
}

/// The same for keys that are plain columns, found by name.
pub(super) fn expand_bound(
    items: &[GroupItem],
    keys: &[BoundExpr],
    columns: &[ScopeColumn],
    tables: &[ScopeTable],
) -> Result<Vec<Vec<usize>>> {
    expand(items, &mut |expr| {
        let mut expr = expr;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        let ExprKind::Column(name) = &expr.kind else {
            return Err(crate::error::SqlError::not_implemented(
                "grouping sets over expressions",
            ));
        };
        let mut scope = super::scope::Scope::empty();
        scope.columns = columns.to_vec();
        scope.tables = tables.to_vec();
        let ordinal = scope.find(name)?;
        Ok(keys
            .iter()
            .position(
                |k| matches!(k.node, Node::Column { up: 0, ordinal: o } if Some(o) == ordinal),
            )
            .unwrap_or(0))
    })
}
