//! Reading stored tables by the chosen index and range.

use std::ops::Bound;

use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::query::eval::Env;
use crate::query::expr::BoundExpr;
use crate::query::plan::Scan;
use crate::query::storage;
use crate::storage::{Access, Cursor, KeyRange, RowChunk};
use crate::types::Value;

use super::{Operator, Row};

pub(super) struct TableRows<'p> {
    scan: &'p Scan,
    /// None: the range was empty from the beginning.
    cursor: Option<Cursor>,
    chunk: RowChunk,
    /// Of the chunk: how many rows were given.
    at: usize,
    more: bool,
    size: usize,
}

/// Small chunks first: a TOP or EXISTS above may need few rows, and read rows are locked rows.
const FIRST_CHUNK: usize = 16;
const LARGEST_CHUNK: usize = 1024;

impl<'p> TableRows<'p> {
    pub(super) fn open(scan: &'p Scan, env: &mut Env<'_, '_>) -> Result<Self> {
        let mut rows = TableRows {
            scan,
            cursor: None,
            chunk: RowChunk::default(),
            at: 0,
            more: false,
            size: FIRST_CHUNK,
        };
        rows.start(env)?;
        Ok(rows)
    }

    /// Begins with the range that the outer rows give now.
    fn start(&mut self, env: &mut Env<'_, '_>) -> Result<()> {
        self.chunk.clear();
        self.at = 0;
        self.size = FIRST_CHUNK;
        self.more = false;
        let Some(range) = key_range(self.scan, env)? else {
            return Ok(());
        };
        match &mut self.cursor {
            Some(cursor) => cursor.seek(range)?,
            None => self.cursor = Some(open_cursor(self.scan, range, env)?),
        }
        self.more = true;
        Ok(())
    }
}

fn open_cursor(scan: &Scan, range: KeyRange, env: &mut Env<'_, '_>) -> Result<Cursor> {
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
    env.ctx
        .session
        .prepare_access(&scan.def, scan.hints, true)?;
    let hints = env.ctx.session.native_hints(&scan.def, hints);
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
    table.scan(&locks, access)
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

impl Operator for TableRows<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        loop {
            if self.at < self.chunk.len() {
                self.chunk.take(self.at, row);
                if self.scan.row_id {
                    row.push(Value::BigInt(self.chunk.id(self.at).0.cast_signed()));
                }
                self.at += 1;
                return Ok(true);
            }
            let Some(cursor) = self.cursor.as_mut().filter(|_| self.more) else {
                return Ok(false);
            };
            env.check_cancelled()?;
            self.chunk.clear();
            self.at = 0;
            self.more = cursor.fill(self.size, &mut self.chunk)?;
            self.size = (self.size * 4).min(LARGEST_CHUNK);
        }
    }

    fn rewind(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        self.start(env)?;
        Ok(true)
    }
}
