//! Sorting, TOP, OFFSET and FETCH.

use std::collections::BinaryHeap;

use crate::error::{Result, SqlError};
use crate::query::eval::Env;
use crate::query::expr::BoundExpr;
use crate::query::plan::{Plan, SortKey};
use crate::types::Value;

use super::{Operator, Row, Stored, count_of, open, push_key};

/// Bytes whose order is the order of the keys: descending keys are complemented.
pub(super) fn sort_bytes(
    keys: &[SortKey],
    row: &[Value],
    env: &mut Env<'_, '_>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(keys.len() * 9);
    for key in keys {
        let value = key.expr.value(row, env)?;
        let from = bytes.len();
        push_key(&value, &key.expr.ty, &mut bytes);
        if key.descending {
            bytes[from..].iter_mut().for_each(|b| *b = !*b);
        }
    }
    Ok(bytes)
}

/// Sorted by key, then by arrival.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    key: Vec<u8>,
    arrival: usize,
}

pub(super) fn run(
    input: &Plan,
    keys: &[SortKey],
    limit: Option<&BoundExpr>,
    env: &mut Env<'_, '_>,
) -> Result<Vec<Row>> {
    let limit = match limit {
        Some(expr) => usize::try_from(count_of(expr, env, null_count())?.max(0)).ok(),
        None => None,
    };
    let mut rows = open(input, env)?;
    if let Some(limit) = limit.filter(|n| *n <= 100_000) {
        return top_rows(&mut *rows, keys, limit, env);
    }
    let mut all: Vec<(Vec<u8>, Row)> = Vec::new();
    while let Some(row) = rows.next(env)? {
        all.push((sort_bytes(keys, &row, env)?, row));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all.into_iter().map(|(_, row)| row).collect())
}

/// Keeps only the first `limit` rows while reading.
fn top_rows(
    rows: &mut dyn Operator,
    keys: &[SortKey],
    limit: usize,
    env: &mut Env<'_, '_>,
) -> Result<Vec<Row>> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut heap: BinaryHeap<Ranked> = BinaryHeap::new();
    let mut kept: std::collections::HashMap<usize, Row> = std::collections::HashMap::new();
    let mut arrival = 0;
    while let Some(row) = rows.next(env)? {
        let key = sort_bytes(keys, &row, env)?;
        if heap.len() >= limit {
            if heap.peek().is_some_and(|worst| key >= worst.key) {
                continue;
            }
            if let Some(worst) = heap.pop() {
                kept.remove(&worst.arrival);
            }
        }
        heap.push(Ranked { key, arrival });
        kept.insert(arrival, row);
        arrival += 1;
    }
    Ok(heap
        .into_sorted_vec()
        .into_iter()
        .filter_map(|ranked| kept.remove(&ranked.arrival))
        .collect())
}

/// 1060 for NULL.
fn null_count() -> SqlError {
    SqlError::new(1014, "A TOP or FETCH clause contains an invalid value.").class(15)
}

struct Limit<'p> {
    input: Box<dyn Operator + 'p>,
    skip: u64,
    left: u64,
    ties: &'p [SortKey],
    last: Option<Vec<u8>>,
}

pub(super) fn open_top<'p>(
    input: &'p Plan,
    count: &'p BoundExpr,
    percent: bool,
    ties: &'p [SortKey],
    env: &mut Env<'_, '_>,
) -> Result<Box<dyn Operator + 'p>> {
    if percent {
        let percent = match count.value(&[], env)? {
            Value::Float(p) if (0.0..=100.0).contains(&p) => p,
            Value::Null => return Err(null_count()),
            _ => {
                return Err(
                    SqlError::new(1031, "Percent values must be between 0 and 100.").class(15),
                );
            }
        };
        let rows = super::collect(input, env, usize::MAX)?;
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let wanted = (rows.len() as f64 * percent / 100.0).ceil() as u64;
        return Ok(Box::new(Limit {
            input: Box::new(Stored(rows.into_iter())),
            skip: 0,
            left: wanted,
            ties,
            last: None,
        }));
    }
    let count = count_of(count, env, null_count())?;
    let count = u64::try_from(count).map_err(|_| {
        SqlError::new(127, "A TOP N or FETCH rowcount value may not be negative.").class(15)
    })?;
    if count == 0 {
        return Ok(Box::new(super::Once(false)));
    }
    Ok(Box::new(Limit {
        input: open(input, env)?,
        skip: 0,
        left: count,
        ties,
        last: None,
    }))
}

pub(super) fn open_offset<'p>(
    input: &'p Plan,
    offset: &'p BoundExpr,
    fetch: Option<&'p BoundExpr>,
    env: &mut Env<'_, '_>,
) -> Result<impl Operator + use<'p>> {
    let skip = count_of(offset, env, null_count())?;
    let skip = u64::try_from(skip).map_err(|_| {
        SqlError::new(
            10742,
            "The offset specified in a OFFSET clause may not be negative.",
        )
        .class(15)
    })?;
    let left = match fetch {
        None => u64::MAX,
        Some(fetch) => u64::try_from(count_of(fetch, env, null_count())?)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| {
                SqlError::new(
                    10744,
                    "The number of rows provided for a FETCH clause must be greater then zero.",
                )
                .class(15)
            })?,
    };
    Ok(Limit {
        input: open(input, env)?,
        skip,
        left,
        ties: &[],
        last: None,
    })
}

impl Operator for Limit<'_> {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        while self.skip > 0 {
            self.skip -= 1;
            if self.input.next(env)?.is_none() {
                return Ok(None);
            }
        }
        if self.left == 0 {
            let Some(last) = &self.last else {
                return Ok(None);
            };
            let Some(row) = self.input.next(env)? else {
                return Ok(None);
            };
            return Ok((sort_bytes(self.ties, &row, env)? == *last).then_some(row));
        }
        let Some(row) = self.input.next(env)? else {
            return Ok(None);
        };
        self.left -= 1;
        if self.left == 0 && !self.ties.is_empty() {
            self.last = Some(sort_bytes(self.ties, &row, env)?);
        }
        Ok(Some(row))
    }
}
