//! DISTINCT, UNION ALL, EXCEPT, INTERSECT.

use std::collections::HashSet;

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::plan::Plan;
use crate::types::SqlType;

use super::{Operator, Row, open as open_plan, row_key};

pub(super) struct Distinct<'p> {
    input: Box<dyn Operator + 'p>,
    types: &'p [SqlType],
    seen: HashSet<Vec<u8>>,
}

impl<'p> Distinct<'p> {
    pub(super) fn new(input: Box<dyn Operator + 'p>, types: &'p [SqlType]) -> Self {
        Self {
            input,
            types,
            seen: HashSet::new(),
        }
    }
}

impl Operator for Distinct<'_> {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        while let Some(row) = self.input.next(env)? {
            if self.seen.insert(row_key(&row, self.types)) {
                return Ok(Some(row));
            }
        }
        Ok(None)
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
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        loop {
            if let Some(current) = &mut self.current
                && let Some(row) = current.next(env)?
            {
                return Ok(Some(row));
            }
            match self.inputs.next() {
                Some(plan) => self.current = Some(open_plan(plan, env)?),
                None => return Ok(None),
            }
        }
    }
}

/// Left rows, each once, that are (INTERSECT) or are not (EXCEPT) among the right ones.
pub(super) struct Compared<'p> {
    left: Distinct<'p>,
    right: HashSet<Vec<u8>>,
    intersect: bool,
}

pub(super) fn open<'p>(
    intersect: bool,
    left: &'p Plan,
    right: &'p Plan,
    types: &'p [SqlType],
    env: &mut Env<'_, '_>,
) -> Result<Compared<'p>> {
    let mut keys = HashSet::new();
    let mut rows = open_plan(right, env)?;
    while let Some(row) = rows.next(env)? {
        keys.insert(row_key(&row, types));
    }
    Ok(Compared {
        left: Distinct::new(open_plan(left, env)?, types),
        right: keys,
        intersect,
    })
}

impl Operator for Compared<'_> {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        while let Some(row) = self.left.next(env)? {
            if self.right.contains(&row_key(&row, self.left.types)) == self.intersect {
                return Ok(Some(row));
            }
        }
        Ok(None)
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
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        while let Some(row) = self.input.next(env)? {
            // Rows that an outer join made up have no id: they are not rows of the target.
            if let Some(crate::types::Value::BigInt(id)) = row.first()
                && self.seen.insert(*id)
            {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}
