//! Operators that keep nothing between rows, and rows that were computed before.

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::expr::BoundExpr;

use super::{Operator, Row};

/// One row without columns, or none.
pub(super) struct Once(pub bool);

impl Operator for Once {
    fn next(&mut self, row: &mut Row, _env: &mut Env<'_, '_>) -> Result<bool> {
        row.clear();
        Ok(std::mem::take(&mut self.0))
    }
}

pub(super) struct ValueRows<'p> {
    pub rows: &'p [Vec<BoundExpr>],
    pub at: usize,
}

impl Operator for ValueRows<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        let Some(exprs) = self.rows.get(self.at) else {
            return Ok(false);
        };
        self.at += 1;
        row.clear();
        for expr in exprs {
            row.push(expr.value(&[], env)?);
        }
        Ok(true)
    }

    fn rewind(&mut self, _env: &mut Env<'_, '_>) -> Result<bool> {
        self.at = 0;
        Ok(true)
    }
}

/// Rows that were computed before.
pub(super) struct Stored(pub std::vec::IntoIter<Row>);

impl Operator for Stored {
    fn next(&mut self, row: &mut Row, _env: &mut Env<'_, '_>) -> Result<bool> {
        Ok(take_next(&mut self.0, row))
    }
}

/// Moves the next of the rows into `row`.
pub(super) fn take_next(rows: &mut std::vec::IntoIter<Row>, row: &mut Row) -> bool {
    match rows.next() {
        Some(next) => {
            *row = next;
            true
        }
        None => false,
    }
}

pub(super) struct Filter<'p> {
    pub input: Box<dyn Operator + 'p>,
    pub predicate: &'p BoundExpr,
}

impl Operator for Filter<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        while self.input.next(row, env)? {
            if self.predicate.truth(row, env)? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn rewind(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        self.input.rewind(env)
    }
}

pub(super) struct Project<'p> {
    input: Box<dyn Operator + 'p>,
    exprs: &'p [BoundExpr],
    below: Row,
}

impl<'p> Project<'p> {
    pub(super) fn new(input: Box<dyn Operator + 'p>, exprs: &'p [BoundExpr]) -> Self {
        Self {
            input,
            exprs,
            below: Row::new(),
        }
    }
}

impl Operator for Project<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        if !self.input.next(&mut self.below, env)? {
            return Ok(false);
        }
        row.clear();
        for expr in self.exprs {
            row.push(expr.value(&self.below, env)?);
        }
        Ok(true)
    }

    fn rewind(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        self.input.rewind(env)
    }
}
