//! Joins of two sides that do not see each other: the right side is kept, by the bytes of its keys or in one list.

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::expr::BoundExpr;
use crate::query::plan::{Join, JoinType};
use crate::types::Value;

use super::keys::{KeySet, append_key};
use super::{Operator, Row, open as open_plan};

/// No further row with the same key.
const END: u32 = u32::MAX;

/// Rows of the right side: all values in one list, and for each key its rows in a chain, in the order in which they came.
#[derive(Default)]
struct Kept {
    width: usize,
    values: Vec<Value>,
    count: usize,
    keys: KeySet,
    /// By number of the key: its first and last row.
    chains: Vec<(u32, u32)>,
    /// By row: the next one with the same key.
    next: Vec<u32>,
}

impl Kept {
    fn row(&self, at: usize) -> &[Value] {
        &self.values[at * self.width..(at + 1) * self.width]
    }

    /// Adds a row; without a key it is in no chain.
    fn push(&mut self, row: &mut Row, key: Option<&[u8]>) {
        // Four billion rows do not fit in memory.
        let at = u32::try_from(self.count).unwrap_or(END);
        self.width = row.len();
        self.values.append(row);
        self.count += 1;
        self.next.push(END);
        let Some(key) = key else { return };
        let (number, new) = self.keys.insert(key);
        if new {
            self.chains.push((at, at));
        } else {
            let (_, last) = &mut self.chains[number];
            self.next[*last as usize] = at;
            *last = at;
        }
    }

    fn first(&self, key: &[u8]) -> u32 {
        self.keys.find(key).map_or(END, |n| self.chains[n].0)
    }
}

struct HashJoin<'p> {
    join: &'p Join,
    left: Box<dyn Operator + 'p>,
    kept: Kept,
    /// Only whether a right row with the key is there matters.
    existence: bool,
    /// RIGHT and FULL: right rows that met a left row.
    matched: Vec<bool>,
    /// The left row under way, and its next candidate.
    current: Row,
    candidate: u32,
    running: bool,
    found: bool,
    key: Vec<u8>,
    /// Left side is done: unmatched right rows from here.
    rest: Option<usize>,
}

pub(super) fn open<'p>(join: &'p Join, env: &mut Env<'_, '_>) -> Result<Box<dyn Operator + 'p>> {
    let keep_all = matches!(join.kind, JoinType::Right | JoinType::Full);
    let existence = !join.keys.is_empty()
        && join.on.is_none()
        && matches!(join.kind, JoinType::Semi | JoinType::Anti);
    let mut kept = Kept::default();
    let mut right = open_plan(&join.right, env)?;
    let mut row = Row::new();
    let mut key = Vec::new();
    while right.next(&mut row, env)? {
        if join.keys.is_empty() {
            kept.push(&mut row, None);
        } else if hash_key(join.keys.iter().map(|(_, r)| r), &row, &mut key, env)? {
            if existence {
                kept.keys.insert(&key);
            } else {
                kept.push(&mut row, Some(&key));
            }
        } else if keep_all {
            // NULL meets nothing; only an outer join still shows the row.
            kept.push(&mut row, None);
        }
    }
    drop(right);
    Ok(Box::new(HashJoin {
        join,
        left: open_plan(&join.left, env)?,
        matched: vec![false; if keep_all { kept.count } else { 0 }],
        kept,
        existence,
        current: Row::new(),
        candidate: END,
        running: false,
        found: false,
        key,
        rest: None,
    }))
}

/// The key's bytes, in place of what is in `key`. False when a part of it is NULL.
fn hash_key<'e>(
    exprs: impl Iterator<Item = &'e BoundExpr>,
    row: &[Value],
    key: &mut Vec<u8>,
    env: &mut Env<'_, '_>,
) -> Result<bool> {
    key.clear();
    for expr in exprs {
        if append_key(expr, row, key, env)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl HashJoin<'_> {
    /// Takes the next left row; false at the end.
    fn advance(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        if !self.left.next(&mut self.current, env)? {
            return Ok(false);
        }
        self.running = true;
        self.found = false;
        self.candidate = END;
        if self.join.keys.is_empty() {
            if self.kept.count > 0 {
                self.candidate = 0;
            }
            return Ok(true);
        }
        let exprs = self.join.keys.iter().map(|(l, _)| l);
        if hash_key(exprs, &self.current, &mut self.key, env)? {
            if self.existence {
                self.found = self.kept.keys.find(&self.key).is_some();
            } else {
                self.candidate = self.kept.first(&self.key);
            }
        }
        Ok(true)
    }

    fn following(&self, candidate: u32) -> u32 {
        if !self.join.keys.is_empty() {
            return self.kept.next[candidate as usize];
        }
        if (candidate as usize) + 1 < self.kept.count {
            candidate + 1
        } else {
            END
        }
    }

    /// The next pair that fits, in `row`.
    fn pair(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        while self.candidate != END {
            let at = self.candidate as usize;
            self.candidate = self.following(self.candidate);
            row.clear();
            row.extend_from_slice(&self.current);
            row.extend_from_slice(self.kept.row(at));
            if let Some(on) = &self.join.on
                && on.truth(row, env)? != Some(true)
            {
                continue;
            }
            self.found = true;
            if let Some(matched) = self.matched.get_mut(at) {
                *matched = true;
            }
            if matches!(self.join.kind, JoinType::Semi | JoinType::Anti) {
                return Ok(false);
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// The left row has met all its candidates: does it come out by itself?
    fn finish(&mut self, row: &mut Row) -> bool {
        self.running = false;
        match self.join.kind {
            JoinType::Left | JoinType::Full if !self.found => {
                std::mem::swap(row, &mut self.current);
                row.resize(self.join.left_width + self.join.right_width, Value::Null);
                true
            }
            JoinType::Anti if !self.found => {
                std::mem::swap(row, &mut self.current);
                true
            }
            JoinType::Semi if self.found => {
                std::mem::swap(row, &mut self.current);
                true
            }
            _ => false,
        }
    }

    fn unmatched_right(&mut self, from: usize, row: &mut Row) -> bool {
        let unmatched = (from..self.matched.len()).find(|at| !self.matched[*at]);
        self.rest = Some(unmatched.map_or(self.matched.len(), |at| at + 1));
        let Some(at) = unmatched else { return false };
        row.clear();
        row.resize(self.join.left_width, Value::Null);
        row.extend_from_slice(self.kept.row(at));
        true
    }
}

impl Operator for HashJoin<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        loop {
            if let Some(from) = self.rest {
                return Ok(self.unmatched_right(from, row));
            }
            if !self.running && !self.advance(env)? {
                if self.matched.is_empty() {
                    return Ok(false);
                }
                self.rest = Some(0);
                continue;
            }
            if self.pair(row, env)? {
                return Ok(true);
            }
            if self.finish(row) {
                return Ok(true);
            }
        }
    }
}
