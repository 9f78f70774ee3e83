//! DISTINCT, UNION ALL, EXCEPT, INTERSECT.

use std::collections::HashSet;

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::plan::Plan;
use crate::types::SqlType;

use super::keys::{KeySet, row_key};
use super::{Operator, Row, open as open_plan};

pub(super) struct Distinct<'p> {
    input: Box<dyn Operator + 'p>,
    types: &'p [SqlType],
    seen: KeySet,
    key: Vec<u8>,
}

impl<'p> Distinct<'p> {
    pub(super) fn new(input: Box<dyn Operator + 'p>, types: &'p [SqlType]) -> Self {
        Self {
            input,
            types,
            seen: KeySet::default(),
            key: Vec::new(),
        }
    }
}

impl Operator for Distinct<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        while self.input.next(row, env)? {
            row_key(row, self.types, &mut self.key);
            if self.seen.insert(&self.key).1 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn rewind(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        self.seen.clear();
        self.input.rewind(env)
    }
}

/// One input after the other.
pub(super) struct Concat<'p> {
    inputs: std::slice::Iter<'p, Plan>,
    current: Option<Box<dyn Operator + 'p>>,
}

impl<'p> Concat<'p> {
    pub(super) fn new(inputs: &'p [Plan]) -> Self {
        Self {
            inputs: inputs.iter(),
            current: None,
        }
    }
}

impl Operator for Concat<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        loop {
            if let Some(current) = &mut self.current
                && current.next(row, env)?
            {
                return Ok(true);
            }
            match self.inputs.next() {
                Some(plan) => self.current = Some(open_plan(plan, env)?),
                None => return Ok(false),
            }
        }
    }
}

/// Left rows, each once, that are (INTERSECT) or are not (EXCEPT) among the right ones.
pub(super) struct Compared<'p> {
    left: Distinct<'p>,
    right: KeySet,
    intersect: bool,
}

pub(super) fn open<'p>(
    intersect: bool,
    left: &'p Plan,
    right: &'p Plan,
    types: &'p [SqlType],
    env: &mut Env<'_, '_>,
) -> Result<Compared<'p>> {
    let mut keys = KeySet::default();
    let mut rows = open_plan(right, env)?;
    let (mut row, mut key) = (Row::new(), Vec::new());
    while rows.next(&mut row, env)? {
        row_key(&row, types, &mut key);
        keys.insert(&key);
    }
    Ok(Compared {
        left: Distinct::new(open_plan(left, env)?, types),
        right: keys,
        intersect,
    })
}

impl Operator for Compared<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        while self.left.next(row, env)? {
            // The left side has just written the row's key.
            if self.right.find(&self.left.key).is_some() == self.intersect {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The first row for each value of the first column, which is a row id.
pub(super) struct FirstOf<'p> {
    input: Box<dyn Operator + 'p>,
    seen: HashSet<i64>,
}

impl<'p> FirstOf<'p> {
    pub(super) fn new(input: Box<dyn Operator + 'p>) -> Self {
        Self {
            input,
            seen: HashSet::new(),
        }
    }
}

impl Operator for FirstOf<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        while self.input.next(row, env)? {
            // Rows that an outer join made up have no id: they are not rows of the target.
            if let Some(crate::types::Value::BigInt(id)) = row.first()
                && self.seen.insert(*id)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
