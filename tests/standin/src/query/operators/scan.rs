//! Reading stored tables by the chosen index and range.

use std::ops::Bound;

use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::query::eval::Env;
use crate::query::expr::BoundExpr;
use crate::query::plan::Scan;
use crate::query::storage;
use crate::storage::{Access, Cursor, KeyRange, RowId};
use crate::types::Value;

use super::{Operator, Row};

pub(super) struct TableRows {
    /// None: the range is empty.
    cursor: Option<Cursor>,
    chunk: std::vec::IntoIter<(RowId, Row)>,
    more: bool,
    row_id: bool,
    size: usize,
}

pub(super) fn open(scan: &Scan, env: &mut Env<'_, '_>) -> Result<TableRows> {
    let mut rows = TableRows {
        cursor: None,
        chunk: Vec::new().into_iter(),
        more: false,
        row_id: scan.row_id,
        size: 16,
    };
    let Some(range) = key_range(scan, env)? else {
        return Ok(rows);
    };
    let table = storage::table(env.ctx.session, scan.object_id)?;
    if table.def().modified != scan.def.modified
        && table.def().columns.len() != scan.def.columns.len()
    {
        return Err(SqlError::new(
            3960,
            "The table's definition changed while the statement was running.",
        ));
    }
    let hints = Hints {
        updlock: scan.hints.updlock || (scan.for_update && !scan.hints.xlock),
        ..scan.hints
    };
    env.ctx.session.prepare_access(&scan.def)?;
    let mut locks = env.ctx.session.lock_context(hints);
    if scan.def.database_id == crate::catalog::TEMPDB {
        locks.snapshot = None;
    }
    let access = Access {
        index_id: scan.index_id,
        range,
        descending: scan.descending,
        columns: scan.columns.clone(),
    };
    rows.cursor = Some(table.scan(&locks, access)?);
    rows.more = true;
    Ok(rows)
}

/// None when no row can qualify: an equal value or a bound is NULL.
fn key_range(scan: &Scan, env: &mut Env<'_, '_>) -> Result<Option<KeyRange>> {
    let mut prefix = Vec::with_capacity(scan.equal.len());
    for expr in &scan.equal {
        // A literal NULL stands for IS NULL; a value that happens to be NULL equals nothing.
        if expr.is_untyped_null() {
            prefix.push(Value::Null);
            continue;
        }
        let value = expr.value(&[], env)?;
        if value.is_null() {
            return Ok(None);
        }
        prefix.push(value);
    }
    let Some(lower) = bound(scan.low.as_ref(), env)? else {
        return Ok(None);
    };
    let Some(upper) = bound(scan.high.as_ref(), env)? else {
        return Ok(None);
    };
    Ok(Some(KeyRange {
        prefix,
        lower,
        upper,
    }))
}

fn bound(limit: Option<&(BoundExpr, bool)>, env: &mut Env<'_, '_>) -> Result<Option<Bound<Value>>> {
    let Some((expr, inclusive)) = limit else {
        return Ok(Some(Bound::Unbounded));
    };
    let value = expr.value(&[], env)?;
    if value.is_null() {
        return Ok(None);
    }
    Ok(Some(if *inclusive {
        Bound::Included(value)
    } else {
        Bound::Excluded(value)
    }))
}

impl Operator for TableRows {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        loop {
            if let Some((id, mut row)) = self.chunk.next() {
                if self.row_id {
                    row.push(Value::BigInt(id.0.cast_signed()));
                }
                return Ok(Some(row));
            }
            let Some(cursor) = self.cursor.as_mut().filter(|_| self.more) else {
                return Ok(None);
            };
            env.check_cancelled()?;
            let mut rows = Vec::with_capacity(self.size);
            // Small chunks first: a TOP or EXISTS above may need few rows, and read rows are locked rows.
            self.more = cursor.next_chunk(self.size, &mut rows)?;
            self.size = (self.size * 4).min(1024);
            self.chunk = rows.into_iter();
        }
    }
}
