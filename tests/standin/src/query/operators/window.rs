//! Window functions: all rows are read, each call sorts them by partition and order and fills one column.

use crate::error::{Result, SqlError};
use crate::query::eval::Env;
use crate::query::plan::{AggregateCall, Bound, Frame, Window, WindowCall, WindowFunction as F};
use crate::types::Value;

use super::accumulate::Accumulator;
use super::sort::sort_bytes;
use super::{Row, key_of, open};

pub(super) fn run(window: &Window, env: &mut Env<'_, '_>) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut input = open(&window.input, env)?;
    let mut row = Row::new();
    while input.next(&mut row, env)? {
        rows.push(std::mem::take(&mut row));
    }
    let width = rows.first().map_or(0, Vec::len);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    for call in &window.calls {
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let partition = key_of(&call.partition, row, env)?;
            keys.push((partition, sort_bytes(&call.order, row, env)?));
        }
        order.sort_by(|a, b| keys[*a].cmp(&keys[*b]));
        let mut results: Vec<Value> = vec![Value::Null; rows.len()];
        let mut start = 0;
        while start < order.len() {
            let mut end = start + 1;
            while end < order.len() && keys[order[end]].0 == keys[order[start]].0 {
                end += 1;
            }
            let members = &order[start..end];
            let peers: Vec<&[u8]> = members.iter().map(|m| keys[*m].1.as_slice()).collect();
            let part = Part {
                call,
                rows: &rows,
                members,
                peers: &peers,
            };
            part.fill(&mut results, env)?;
            start = end;
        }
        for (row, value) in rows.iter_mut().zip(results) {
            row.push(value);
        }
    }
    let _ = width;
    // The last call's order is the order in which SQL Server's plan gives the rows.
    let mut slots: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    Ok(order
        .into_iter()
        .filter_map(|at| slots[at].take())
        .collect())
}

/// One partition of one call.
struct Part<'a> {
    call: &'a WindowCall,
    rows: &'a [Row],
    members: &'a [usize],
    peers: &'a [&'a [u8]],
}

impl Part<'_> {
    fn fill(&self, results: &mut [Value], env: &mut Env<'_, '_>) -> Result<()> {
        match &self.call.function {
            F::RowNumber | F::Rank | F::DenseRank | F::PercentRank | F::CumeDist => {
                self.ranks(results);
                Ok(())
            }
            F::NTile => self.ntile(results, env),
            F::Lag => self.offsets(results, -1, env),
            F::Lead => self.offsets(results, 1, env),
            F::FirstValue | F::LastValue => self.edges(results, env),
            F::Aggregate(inner) => self.aggregate(inner, results, env),
        }
    }

    fn ranks(&self, results: &mut [Value]) {
        let count = self.members.len();
        let (mut rank, mut dense) = (1usize, 1usize);
        for at in 0..count {
            if at > 0 && self.peers[at] != self.peers[at - 1] {
                rank = at + 1;
                dense += 1;
            }
            let whole = |n: usize| Value::BigInt(i64::try_from(n).unwrap_or(i64::MAX));
            #[allow(clippy::cast_precision_loss)]
            let value = match self.call.function {
                F::RowNumber => whole(at + 1),
                F::Rank => whole(rank),
                F::DenseRank => whole(dense),
                F::PercentRank if count == 1 => Value::Float(0.0),
                F::PercentRank => Value::Float((rank - 1) as f64 / (count - 1) as f64),
                _ => Value::Float(self.peer_end(at) as f64 / count as f64),
            };
            results[self.members[at]] = value;
        }
    }

    /// One past the last peer of a row.
    fn peer_end(&self, at: usize) -> usize {
        let mut end = at + 1;
        while end < self.peers.len() && self.peers[end] == self.peers[at] {
            end += 1;
        }
        end
    }

    fn peer_start(&self, at: usize) -> usize {
        let mut start = at;
        while start > 0 && self.peers[start - 1] == self.peers[at] {
            start -= 1;
        }
        start
    }

    fn ntile(&self, results: &mut [Value], env: &mut Env<'_, '_>) -> Result<()> {
        let row = &self.rows[self.members[0]];
        let tiles = match self.call.args[0].value(row, env)? {
            Value::BigInt(n) if n > 0 => usize::try_from(n).unwrap_or(usize::MAX),
            _ => {
                return Err(SqlError::new(
                    4123,
                    "The argument of the NTILE function must be a positive integer.",
                ));
            }
        };
        let count = self.members.len();
        let (size, larger) = (count / tiles, count % tiles);
        for (at, member) in self.members.iter().enumerate() {
            let boundary = larger * (size + 1);
            let tile = if at < boundary {
                at / (size + 1)
            } else {
                larger + (at - boundary) / size.max(1)
            };
            results[*member] = Value::BigInt(i64::try_from(tile + 1).unwrap_or(i64::MAX));
        }
        Ok(())
    }

    fn offsets(&self, results: &mut [Value], sign: i64, env: &mut Env<'_, '_>) -> Result<()> {
        let args = &self.call.args;
        let count = i64::try_from(self.members.len()).unwrap_or(i64::MAX);
        for (at, member) in self.members.iter().enumerate() {
            let row = &self.rows[*member];
            let distance = match args.get(1) {
                None => 1,
                Some(expr) => match expr.value(row, env)? {
                    Value::BigInt(n) if n >= 0 => n,
                    _ => {
                        return Err(SqlError::new(
                            8730,
                            "Offset parameter for Lag and Lead functions cannot be a negative value.",
                        ));
                    }
                },
            };
            let mut target = i64::try_from(at).unwrap_or(i64::MAX) + sign * distance;
            let mut value = None;
            while (0..count).contains(&target) {
                let other = &self.rows[self.members[usize::try_from(target).unwrap_or(0)]];
                let found = args[0].value(other, env)?;
                if self.call.ignore_nulls && found.is_null() {
                    target += sign;
                    continue;
                }
                value = Some(found);
                break;
            }
            results[*member] = match (value, args.get(2)) {
                (Some(value), _) => value,
                (None, Some(default)) => default.value(row, env)?,
                (None, None) => Value::Null,
            };
        }
        Ok(())
    }

    /// The frame of a row as positions in the partition.
    fn frame(&self, at: usize) -> (usize, usize) {
        let count = self.members.len();
        let default = Frame {
            rows: false,
            start: Bound::UnboundedPreceding,
            end: if self.call.order.is_empty() {
                Bound::UnboundedFollowing
            } else {
                Bound::CurrentRow
            },
        };
        let frame = self.call.frame.as_ref().unwrap_or(&default);
        let start = match frame.start {
            Bound::UnboundedPreceding => 0,
            Bound::Preceding(n) => at.saturating_sub(n),
            Bound::CurrentRow if frame.rows => at,
            Bound::CurrentRow => self.peer_start(at),
            Bound::Following(n) => (at + n).min(count),
            Bound::UnboundedFollowing => count,
        };
        let end = match frame.end {
            Bound::UnboundedPreceding => 0,
            Bound::Preceding(n) => (at + 1).saturating_sub(n),
            Bound::CurrentRow if frame.rows => at + 1,
            Bound::CurrentRow => self.peer_end(at),
            Bound::Following(n) => (at + 1 + n).min(count),
            Bound::UnboundedFollowing => count,
        };
        (start, end.max(start))
    }

    fn edges(&self, results: &mut [Value], env: &mut Env<'_, '_>) -> Result<()> {
        let first = matches!(self.call.function, F::FirstValue);
        for (at, member) in self.members.iter().enumerate() {
            let (start, end) = self.frame(at);
            let positions: Vec<usize> = if first {
                (start..end).collect()
            } else {
                (start..end).rev().collect()
            };
            let mut value = Value::Null;
            for position in positions {
                value = self.call.args[0].value(&self.rows[self.members[position]], env)?;
                if !self.call.ignore_nulls || !value.is_null() {
                    break;
                }
            }
            results[*member] = value;
        }
        Ok(())
    }

    fn aggregate(
        &self,
        inner: &AggregateCall,
        results: &mut [Value],
        env: &mut Env<'_, '_>,
    ) -> Result<()> {
        let mut state = Accumulator::new();
        let (mut from, mut to) = (0, 0);
        for (at, member) in self.members.iter().enumerate() {
            let (start, end) = self.frame(at);
            // A frame that only grows keeps its sums; any other is computed anew.
            if start != from || end < to {
                state = Accumulator::new();
                from = start;
                to = start;
            }
            while to < end {
                state.add(inner, &self.rows[self.members[to]], env)?;
                to += 1;
            }
            results[*member] = state.finish(inner)?;
        }
        Ok(())
    }
}
