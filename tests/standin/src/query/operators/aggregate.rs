//! Grouping: rows that come in the order of the keys group by group, others through a table of keys.

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::plan::Aggregate;
use crate::types::Value;

use super::accumulate::Accumulator;
use super::keys::{KeySet, append_key, push_key};
use super::{Operator, Row, open as open_plan};

pub(super) fn open<'p>(
    aggregate: &'p Aggregate,
    env: &mut Env<'_, '_>,
) -> Result<Box<dyn Operator + 'p>> {
    let input = open_plan(&aggregate.input, env)?;
    Ok(if aggregate.ordered {
        Box::new(Ordered::new(aggregate, input))
    } else {
        Box::new(Hashed {
            aggregate,
            input,
            groups: None,
            at: 0,
        })
    })
}

fn fresh(aggregate: &Aggregate) -> impl Iterator<Item = Accumulator> {
    aggregate.calls.iter().map(|_| Accumulator::new())
}

fn finish(aggregate: &Aggregate, states: &[Accumulator], row: &mut Row) -> Result<()> {
    for (state, call) in states.iter().zip(&aggregate.calls) {
        row.push(state.finish(call)?);
    }
    Ok(())
}

/// All groups, in the order in which they came: the keys and the states of one after those of the other.
#[derive(Default)]
struct Groups {
    count: usize,
    keys: Vec<Value>,
    states: Vec<Accumulator>,
    /// By group: its grouping set, as bits of the keys that are not in it.
    masks: Vec<i32>,
}

impl Groups {
    /// Keys outside of the grouping set are NULL, and their bit is set.
    fn add(&mut self, aggregate: &Aggregate, set: &[usize], values: &[Value]) {
        self.count += 1;
        let mut mask = 0;
        for at in 0..aggregate.keys.len() {
            let value = values.get(at).filter(|_| set.contains(&at));
            if value.is_none() {
                mask |= 1 << at.min(30);
            }
            self.keys.push(value.cloned().unwrap_or_default());
        }
        if !aggregate.sets.is_empty() {
            self.masks.push(mask);
        }
        self.states.extend(fresh(aggregate));
    }
}

/// One table from key bytes to groups.
struct Hashed<'p> {
    aggregate: &'p Aggregate,
    input: Box<dyn Operator + 'p>,
    /// None: nothing was read yet.
    groups: Option<Groups>,
    at: usize,
}

impl Hashed<'_> {
    fn read(&mut self, env: &mut Env<'_, '_>) -> Result<Groups> {
        let aggregate = self.aggregate;
        let everything: Vec<usize> = (0..aggregate.keys.len()).collect();
        let sets: Vec<&[usize]> = if aggregate.sets.is_empty() {
            vec![&everything]
        } else {
            aggregate.sets.iter().map(Vec::as_slice).collect()
        };
        let mut groups = Groups::default();
        let mut index = KeySet::default();
        let width = aggregate.calls.len();
        let (mut row, mut values, mut key) = (Row::new(), Row::new(), Vec::new());
        while self.input.next(&mut row, env)? {
            values.clear();
            for expr in &aggregate.keys {
                values.push(expr.value(&row, env)?);
            }
            for (number, set) in sets.iter().enumerate() {
                key.clear();
                if sets.len() > 1 {
                    key.push(u8::try_from(number).unwrap_or(u8::MAX));
                }
                for at in *set {
                    push_key(&values[*at], &aggregate.keys[*at].ty, &mut key);
                }
                let (group, new) = index.insert(&key);
                if new {
                    groups.add(aggregate, set, &values);
                }
                let states = &mut groups.states[group * width..(group + 1) * width];
                for (state, call) in states.iter_mut().zip(&aggregate.calls) {
                    state.add(call, &row, env)?;
                }
            }
        }
        if groups.count == 0 && aggregate.scalar {
            groups.add(aggregate, &[], &[]);
        }
        Ok(groups)
    }
}

impl Operator for Hashed<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        if self.groups.is_none() {
            self.groups = Some(self.read(env)?);
            self.at = 0;
        }
        let Some(groups) = &mut self.groups else {
            return Ok(false);
        };
        let at = self.at;
        if at >= groups.count {
            return Ok(false);
        }
        self.at += 1;
        let (keys, calls) = (self.aggregate.keys.len(), self.aggregate.calls.len());
        row.clear();
        row.extend(
            groups.keys[at * keys..(at + 1) * keys]
                .iter_mut()
                .map(std::mem::take),
        );
        finish(
            self.aggregate,
            &groups.states[at * calls..(at + 1) * calls],
            row,
        )?;
        if let Some(mask) = groups.masks.get(at) {
            row.push(Value::Int(*mask));
        }
        Ok(true)
    }

    fn rewind(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        self.groups = None;
        self.input.rewind(env)
    }
}

/// Rows with equal keys come one after the other: a group is complete when the next one begins.
struct Ordered<'p> {
    aggregate: &'p Aggregate,
    input: Box<dyn Operator + 'p>,
    /// The row that began the next group, if `waiting`.
    row: Row,
    waiting: bool,
    done: bool,
    /// Bytes of the group's keys, and of the row's.
    group: Vec<u8>,
    key: Vec<u8>,
    states: Vec<Accumulator>,
}

impl<'p> Ordered<'p> {
    fn new(aggregate: &'p Aggregate, input: Box<dyn Operator + 'p>) -> Self {
        Self {
            aggregate,
            input,
            row: Row::new(),
            waiting: false,
            done: false,
            group: Vec::new(),
            key: Vec::new(),
            states: fresh(aggregate).collect(),
        }
    }

    fn read_key(&mut self, env: &mut Env<'_, '_>) -> Result<()> {
        self.key.clear();
        for expr in &self.aggregate.keys {
            append_key(expr, &self.row, &mut self.key, env)?;
        }
        Ok(())
    }

    fn add_row(&mut self, env: &mut Env<'_, '_>) -> Result<()> {
        for (state, call) in self.states.iter_mut().zip(&self.aggregate.calls) {
            state.add(call, &self.row, env)?;
        }
        Ok(())
    }

    fn read_row(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        if self.done {
            return Ok(false);
        }
        self.done = !self.input.next(&mut self.row, env)?;
        Ok(!self.done)
    }
}

impl Operator for Ordered<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        if !self.waiting {
            if !self.read_row(env)? {
                return Ok(false);
            }
            self.read_key(env)?;
        }
        self.waiting = false;
        std::mem::swap(&mut self.group, &mut self.key);
        row.clear();
        for expr in &self.aggregate.keys {
            row.push(expr.value(&self.row, env)?);
        }
        self.states.iter_mut().for_each(Accumulator::reset);
        self.add_row(env)?;
        while self.read_row(env)? {
            self.read_key(env)?;
            if self.key != self.group {
                self.waiting = true;
                break;
            }
            self.add_row(env)?;
        }
        finish(self.aggregate, &self.states, row)?;
        Ok(true)
    }

    fn rewind(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        self.waiting = false;
        self.done = false;
        self.input.rewind(env)
    }
}
