//! Grouping: one hash table from key bytes to accumulators.

use std::collections::HashMap;

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::plan::Aggregate;
use crate::types::Value;

use super::accumulate::Accumulator;
use super::{Row, open, push_key};

struct Group {
    keys: Row,
    mask: i32,
    states: Vec<Accumulator>,
}

pub(super) fn run(aggregate: &Aggregate, env: &mut Env<'_, '_>) -> Result<Vec<Row>> {
    let everything: Vec<usize> = (0..aggregate.keys.len()).collect();
    let sets: Vec<&[usize]> = if aggregate.sets.is_empty() {
        vec![&everything]
    } else {
        aggregate.sets.iter().map(Vec::as_slice).collect()
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut index: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut input = open(&aggregate.input, env)?;
    while let Some(row) = input.next(env)? {
        let values = aggregate
            .keys
            .iter()
            .map(|k| k.value(&row, env))
            .collect::<Result<Row>>()?;
        for (number, set) in sets.iter().enumerate() {
            let mut key = Vec::with_capacity(set.len() * 9 + 1);
            if sets.len() > 1 {
                key.push(u8::try_from(number).unwrap_or(u8::MAX));
            }
            for at in *set {
                push_key(&values[*at], &aggregate.keys[*at].ty, &mut key);
            }
            let group = *index.entry(key).or_insert_with(|| {
                groups.push(new_group(aggregate, set, &values));
                groups.len() - 1
            });
            for (state, call) in groups[group].states.iter_mut().zip(&aggregate.calls) {
                state.add(call, &row, env)?;
            }
        }
    }
    if groups.is_empty() && aggregate.scalar {
        groups.push(new_group(aggregate, &[], &[]));
    }
    groups
        .into_iter()
        .map(|group| {
            let mut row = group.keys;
            for (state, call) in group.states.iter().zip(&aggregate.calls) {
                row.push(state.finish(call)?);
            }
            if !aggregate.sets.is_empty() {
                row.push(Value::Int(group.mask));
            }
            Ok(row)
        })
        .collect()
}

/// Keys outside of the grouping set are NULL, and their bit is set.
fn new_group(aggregate: &Aggregate, set: &[usize], values: &[Value]) -> Group {
    let mut mask = 0;
    let keys = (0..aggregate.keys.len())
        .map(|at| {
            if set.contains(&at) {
                values[at].clone()
            } else {
                mask |= 1 << at.min(30);
                Value::Null
            }
        })
        .collect();
    Group {
        keys,
        mask,
        states: aggregate.calls.iter().map(|_| Accumulator::new()).collect(),
    }
}
