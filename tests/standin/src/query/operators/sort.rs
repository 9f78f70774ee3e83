//! Sorting, TOP, OFFSET and FETCH.

use std::collections::BinaryHeap;

use crate::error::{Result, SqlError};
use crate::query::eval::Env;
use crate::query::expr::BoundExpr;
use crate::query::plan::{Plan, SortKey};
use crate::types::Value;

use super::basic::{Once, Stored, take_next};
use super::keys::append_key;
use super::{Operator, Row, count_of, open};

/// Bytes whose order is the order of the keys: descending keys are complemented.
pub(super) fn sort_bytes(
    keys: &[SortKey],
    row: &[Value],
    env: &mut Env<'_, '_>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(keys.len() * 9);
    append_sort_bytes(keys, row, &mut bytes, env)?;
    Ok(bytes)
}

pub(super) fn append_sort_bytes(
    keys: &[SortKey],
    row: &[Value],
    bytes: &mut Vec<u8>,
    env: &mut Env<'_, '_>,
) -> Result<()> {
    for key in keys {
        let from = bytes.len();
        append_key(&key.expr, row, bytes, env)?;
        if key.descending {
            bytes[from..].iter_mut().for_each(|b| *b = !*b);
        }
    }
    Ok(())
}

/// Sorted by key, then by arrival.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    key: Vec<u8>,
    arrival: usize,
}

/// Reads all rows, then gives them in order.
pub(super) struct Sorted<'p> {
    input: Box<dyn Operator + 'p>,
    keys: &'p [SortKey],
    limit: Option<&'p BoundExpr>,
    /// None: nothing was read yet.
    rows: Option<std::vec::IntoIter<Row>>,
}

impl<'p> Sorted<'p> {
    pub(super) fn open(
        input: &'p Plan,
        keys: &'p [SortKey],
        limit: Option<&'p BoundExpr>,
        env: &mut Env<'_, '_>,
    ) -> Result<Self> {
        Ok(Self {
            input: open(input, env)?,
            keys,
            limit,
            rows: None,
        })
    }

    fn read(&mut self, env: &mut Env<'_, '_>) -> Result<Vec<Row>> {
        let limit = match self.limit {
            Some(expr) => usize::try_from(count_of(expr, env, null_count())?.max(0)).ok(),
            None => None,
        };
        if let Some(limit) = limit.filter(|n| *n <= 100_000) {
            return top_rows(&mut *self.input, self.keys, limit, env);
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut bytes = Vec::new();
        let mut order: Vec<(usize, usize, usize)> = Vec::new();
        let mut row = Row::new();
        while self.input.next(&mut row, env)? {
            let from = bytes.len();
            append_sort_bytes(self.keys, &row, &mut bytes, env)?;
            order.push((from, bytes.len(), rows.len()));
            rows.push(std::mem::take(&mut row));
        }
        order.sort_by(|a, b| bytes[a.0..a.1].cmp(&bytes[b.0..b.1]));
        Ok(order
            .into_iter()
            .map(|(_, _, at)| std::mem::take(&mut rows[at]))
            .collect())
    }
}

impl Operator for Sorted<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        let mut rows = match self.rows.take() {
            Some(rows) => rows,
            None => self.read(env)?.into_iter(),
        };
        let more = take_next(&mut rows, row);
        self.rows = Some(rows);
        Ok(more)
    }

    fn rewind(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        self.rows = None;
        self.input.rewind(env)
    }
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
    let (mut row, mut key) = (Row::new(), Vec::new());
    while rows.next(&mut row, env)? {
        key.clear();
        append_sort_bytes(keys, &row, &mut key, env)?;
        if heap.len() >= limit {
            if heap.peek().is_some_and(|worst| key >= worst.key) {
                continue;
            }
            if let Some(worst) = heap.pop() {
                kept.remove(&worst.arrival);
            }
        }
        heap.push(Ranked {
            key: key.clone(),
            arrival,
        });
        kept.insert(arrival, std::mem::take(&mut row));
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
        return Ok(Box::new(Once(false)));
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
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        while self.skip > 0 {
            self.skip -= 1;
            if !self.input.next(row, env)? {
                return Ok(false);
            }
        }
        if self.left == 0 {
            let Some(last) = &self.last else {
                return Ok(false);
            };
            return Ok(self.input.next(row, env)? && sort_bytes(self.ties, row, env)? == *last);
        }
        if !self.input.next(row, env)? {
            return Ok(false);
        }
        self.left -= 1;
        if self.left == 0 && !self.ties.is_empty() {
            self.last = Some(sort_bytes(self.ties, row, env)?);
        }
        Ok(true)
    }
}
