//! Joins: by hash, by looping over kept rows, and by running the right side for each left row.

use std::collections::HashMap;

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::expr::BoundExpr;
use crate::query::plan::{Join, JoinType, Plan};
use crate::types::Value;

use super::{Operator, Row, open as open_plan, push_key};

/// Kept rows of the right side by the bytes of their keys.
struct HashJoin<'p> {
    join: &'p Join,
    left: Box<dyn Operator + 'p>,
    rows: Vec<Row>,
    matched: Vec<bool>,
    table: HashMap<Vec<u8>, Vec<usize>>,
    all: Vec<usize>,
    /// The left row under way: its candidates from `at` on.
    current: Option<Row>,
    candidates: Vec<usize>,
    at: usize,
    found: bool,
    /// Left side is done: unmatched right rows from here.
    rest: Option<usize>,
}

pub(super) fn open<'p>(join: &'p Join, env: &mut Env<'_, '_>) -> Result<Box<dyn Operator + 'p>> {
    let mut rows = Vec::new();
    let mut table: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
    let mut right = open_plan(&join.right, env)?;
    let keep_all = matches!(join.kind, JoinType::Right | JoinType::Full);
    while let Some(row) = right.next(env)? {
        if !join.keys.is_empty() {
            let key = hash_key(join.keys.iter().map(|(_, r)| r), &row, env)?;
            match key {
                Some(key) => table.entry(key).or_default().push(rows.len()),
                // NULL meets nothing; only an outer join still shows the row.
                None if !keep_all => continue,
                None => {}
            }
        }
        rows.push(row);
    }
    let all = if join.keys.is_empty() {
        (0..rows.len()).collect()
    } else {
        Vec::new()
    };
    let matched = if keep_all {
        vec![false; rows.len()]
    } else {
        Vec::new()
    };
    Ok(Box::new(HashJoin {
        join,
        left: open_plan(&join.left, env)?,
        rows,
        matched,
        table,
        all,
        current: None,
        candidates: Vec::new(),
        at: 0,
        found: false,
        rest: None,
    }))
}

/// None when a key is NULL.
fn hash_key<'e>(
    exprs: impl Iterator<Item = &'e BoundExpr>,
    row: &[Value],
    env: &mut Env<'_, '_>,
) -> Result<Option<Vec<u8>>> {
    let mut key = Vec::with_capacity(16);
    for expr in exprs {
        let value = expr.value(row, env)?;
        if value.is_null() {
            return Ok(None);
        }
        push_key(&value, &expr.ty, &mut key);
    }
    Ok(Some(key))
}

impl HashJoin<'_> {
    /// Takes the next left row; false at the end.
    fn advance(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        let Some(row) = self.left.next(env)? else {
            return Ok(false);
        };
        self.candidates = if self.join.keys.is_empty() {
            std::mem::take(&mut self.all)
        } else {
            hash_key(self.join.keys.iter().map(|(l, _)| l), &row, env)?
                .and_then(|key| self.table.get(&key).cloned())
                .unwrap_or_default()
        };
        self.at = 0;
        self.found = false;
        self.current = Some(row);
        Ok(true)
    }

    /// The left row has met all its candidates.
    fn finish(&mut self) -> Option<Row> {
        if self.join.keys.is_empty() {
            self.all = std::mem::take(&mut self.candidates);
        }
        let row = self.current.take()?;
        match self.join.kind {
            JoinType::Left | JoinType::Full if !self.found => {
                let mut row = row;
                row.resize(self.join.left_width + self.join.right_width, Value::Null);
                Some(row)
            }
            JoinType::Anti if !self.found => Some(row),
            JoinType::Semi if self.found => Some(row),
            _ => None,
        }
    }

    fn unmatched_right(&mut self) -> Option<Row> {
        let mut at = self.rest?;
        while at < self.rows.len() {
            if !self.matched[at] {
                self.rest = Some(at + 1);
                let mut row = vec![Value::Null; self.join.left_width];
                row.append(&mut self.rows[at]);
                return Some(row);
            }
            at += 1;
        }
        self.rest = Some(at);
        None
    }
}

impl Operator for HashJoin<'_> {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        loop {
            if self.rest.is_some() {
                return Ok(self.unmatched_right());
            }
            if self.current.is_none() && !self.advance(env)? {
                if self.matched.is_empty() {
                    return Ok(None);
                }
                self.rest = Some(0);
                continue;
            }
            while let Some(candidate) = self.candidates.get(self.at).copied() {
                self.at += 1;
                let Some(left) = &self.current else { break };
                let mut row = Vec::with_capacity(left.len() + self.join.right_width);
                row.extend_from_slice(left);
                row.extend_from_slice(&self.rows[candidate]);
                if let Some(on) = &self.join.on
                    && on.truth(&row, env)? != Some(true)
                {
                    continue;
                }
                self.found = true;
                if let Some(matched) = self.matched.get_mut(candidate) {
                    *matched = true;
                }
                match self.join.kind {
                    JoinType::Semi | JoinType::Anti => break,
                    _ => return Ok(Some(row)),
                }
            }
            if let Some(row) = self.finish() {
                return Ok(Some(row));
            }
        }
    }
}

/// Runs its right side once for each left row.
pub(super) struct Apply<'p> {
    kind: JoinType,
    left: Box<dyn Operator + 'p>,
    right: &'p Plan,
    right_width: usize,
    current: Option<(Row, Box<dyn Operator + 'p>, bool)>,
}

impl<'p> Apply<'p> {
    pub(super) fn new(
        kind: JoinType,
        left: Box<dyn Operator + 'p>,
        right: &'p Plan,
        right_width: usize,
    ) -> Self {
        Self {
            kind,
            left,
            right,
            right_width,
            current: None,
        }
    }

    /// Runs `f` while `row` is the innermost outer row.
    fn inside<T>(
        row: &mut Row,
        env: &mut Env<'_, '_>,
        f: impl FnOnce(&mut Env<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        env.outers.push(std::mem::take(row));
        let result = f(env);
        *row = env.outers.pop().unwrap_or_default();
        result
    }
}

impl Operator for Apply<'_> {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        loop {
            if self.current.is_none() {
                let Some(mut row) = self.left.next(env)? else {
                    return Ok(None);
                };
                let right = self.right;
                let inner = Self::inside(&mut row, env, |env| open_plan(right, env))?;
                self.current = Some((row, inner, false));
            }
            let Some((mut row, mut inner, found)) = self.current.take() else {
                return Ok(None);
            };
            let next = Self::inside(&mut row, env, |env| inner.next(env))?;
            match (next, self.kind) {
                (Some(_), JoinType::Semi) => return Ok(Some(row)),
                (Some(_), JoinType::Anti) => {}
                (Some(right), _) => {
                    let mut all = Vec::with_capacity(row.len() + right.len());
                    all.extend_from_slice(&row);
                    all.extend(right);
                    self.current = Some((row, inner, true));
                    return Ok(Some(all));
                }
                (None, JoinType::Anti) => return Ok(Some(row)),
                (None, JoinType::Left) if !found => {
                    let width = row.len() + self.right_width;
                    row.resize(width, Value::Null);
                    return Ok(Some(row));
                }
                (None, _) => {}
            }
        }
    }
}
