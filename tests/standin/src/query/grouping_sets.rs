//! ROLLUP, CUBE and GROUPING SETS as lists of key positions.

use crate::error::Result;
use crate::syntax::ast::{Expr, GroupItem};

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
