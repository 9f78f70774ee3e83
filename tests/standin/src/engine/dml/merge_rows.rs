//! The rows that a MERGE changes: all that go, then those that change, then those that come.

use crate::error::{Result, SqlError};
use crate::storage::RowId;
use crate::types::Value;

use super::writer::Writer;
use crate::engine::frame::ExecContext;

pub(super) struct Change {
    pub old: Option<(RowId, Vec<Value>)>,
    pub new: Option<Vec<Value>>,
    pub source: Option<Vec<Value>>,
}

impl Change {
    fn action(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "INSERT",
            (Some(_), Some(_)) => "UPDATE",
            (Some(_), None) => "DELETE",
        }
    }

    /// inserted ++ deleted ++ source ++ $action; sides that are missing are NULL.
    pub(super) fn output_row(&self, width: usize, source_width: usize) -> Vec<Value> {
        let nothing = || vec![Value::Null; width];
        let mut row = self.new.clone().unwrap_or_else(nothing);
        row.extend(
            self.old
                .as_ref()
                .map_or_else(nothing, |(_, old)| old.clone()),
        );
        row.extend(
            self.source
                .clone()
                .unwrap_or_else(|| vec![Value::Null; source_width]),
        );
        row.push(Value::nvarchar(self.action()));
        row
    }
}

/// Writes the changes; which of them happened. Rows that exchange unique keys all leave before the first comes back.
pub(super) fn write_all(
    ctx: &mut ExecContext<'_>,
    writer: &mut Writer,
    changes: &mut [Change],
) -> Result<Vec<bool>> {
    let mark = match &ctx.session.transaction.txn {
        Some(txn) if !writer.side => Some(ctx.session.server.store.savepoint(txn)),
        _ => None,
    };
    match in_order(ctx, writer, changes, false) {
        Err(error) if matches!(error.number, 2601 | 2627) && mark.is_some() => {
            if let (Some(mark), Some(txn)) = (mark, ctx.session.transaction.txn.as_mut()) {
                ctx.session.server.store.rollback_to(txn, mark);
            }
            writer.forget();
            in_order(ctx, writer, changes, true)
        }
        other => other,
    }
}

fn in_order(
    ctx: &mut ExecContext<'_>,
    writer: &mut Writer,
    changes: &mut [Change],
    exchange: bool,
) -> Result<Vec<bool>> {
    let mut done = vec![false; changes.len()];
    for (at, change) in changes.iter().enumerate() {
        if let (Some((id, old)), None) = (&change.old, &change.new) {
            done[at] = writer.delete(ctx, *id, old)?;
        }
    }
    if exchange {
        let (places, mut rows): (Vec<usize>, Vec<_>) = changes
            .iter()
            .enumerate()
            .filter_map(|(at, change)| match (&change.old, &change.new) {
                (Some((id, old)), Some(new)) => Some((at, (*id, old.clone(), new.clone()))),
                _ => None,
            })
            .unzip();
        let there = writer.replace_all(ctx, &mut rows)?;
        for ((at, row), there) in places.into_iter().zip(rows).zip(there) {
            changes[at].new = Some(row.2);
            done[at] = there;
        }
    } else {
        for (at, change) in changes.iter_mut().enumerate() {
            if let (Some((id, old)), Some(new)) = (&change.old, &mut change.new) {
                done[at] = writer.update(ctx, *id, old, new)?;
            }
        }
    }
    for (at, change) in changes.iter_mut().enumerate() {
        if ctx.session.cancel.is_set() {
            return Err(SqlError::new(0, "").kind(crate::error::ErrorKind::Cancelled));
        }
        let (None, Some(new)) = (&change.old, &mut change.new) else {
            continue;
        };
        match writer.insert(ctx, new) {
            Ok(_) => done[at] = true,
            // A MERGE refuses what an INSERT would leave out.
            Err(error) if error.number == 3604 => {
                return Err(SqlError::not_implemented(
                    "a duplicate row of a MERGE into a table with IGNORE_DUP_KEY",
                ));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
