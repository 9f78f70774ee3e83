//! Data changes through a common table or a derived table, which the stand-in does not execute.

use crate::error::{Result, SqlError};
use crate::syntax::ast::{CommonTable, DmlTarget, StatementKind, TableSource};

/// Refuses by name a change whose target is no table of the catalog but a query of its own statement.
pub(super) fn refuse(kind: &StatementKind) -> Result<()> {
    let (target, with, from): (&DmlTarget, &[CommonTable], &[TableSource]) = match kind {
        StatementKind::Insert(insert) => (&insert.target, &insert.with, &[]),
        StatementKind::Update(update) => (&update.target, &update.with, &update.from),
        StatementKind::Delete(delete) => (&delete.target, &delete.with, &delete.from),
        StatementKind::Merge(merge) => (&merge.target, &merge.with, &[]),
        _ => return Ok(()),
    };
    let DmlTarget::Table(named) = target else {
        return Ok(());
    };
    if named.name.parts.len() > 1 {
        return Ok(());
    }
    let wanted = named.name.base();
    let is_query = from
        .iter()
        .find_map(|source| found(source, wanted, with))
        .unwrap_or_else(|| is_common(with, wanted));
    if is_query {
        return Err(SqlError::not_implemented(
            "a data change through a common table or a derived table",
        ));
    }
    Ok(())
}

fn is_common(with: &[CommonTable], name: &str) -> bool {
    with.iter().any(|c| c.name.text.eq_ignore_ascii_case(name))
}

/// Does the source carry the name, and does it stand for a query?
fn found(source: &TableSource, wanted: &str, with: &[CommonTable]) -> Option<bool> {
    match source {
        TableSource::Named(table) => {
            let name = table
                .alias
                .as_ref()
                .map_or(table.name.base(), |a| &a.name.text);
            name.eq_ignore_ascii_case(wanted)
                .then(|| table.name.parts.len() == 1 && is_common(with, table.name.base()))
        }
        TableSource::Derived { alias, .. }
        | TableSource::Values { alias, .. }
        | TableSource::Pivoted { alias, .. } => {
            alias.name.text.eq_ignore_ascii_case(wanted).then_some(true)
        }
        TableSource::Join { left, right, .. } => {
            found(left, wanted, with).or_else(|| found(right, wanted, with))
        }
        TableSource::Paren(inner) => found(inner, wanted, with),
        _ => None,
    }
}
