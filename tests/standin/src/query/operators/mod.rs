//! Execution: each operator gives its next row when it is asked.

mod accumulate;
mod aggregate;
mod join;
mod recursive;
mod rowset;
mod scan;
mod set;
mod sort;
mod window;

use crate::error::{Result, SqlError};
use crate::types::compare::sort_key;
use crate::types::{SqlType, Value};

use super::eval::Env;
use super::expr::BoundExpr;
use super::for_json;
use super::plan::Plan;

pub type Row = Vec<Value>;

/// A running operator.
pub trait Operator {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>>;
}

/// Starts a plan.
pub fn open<'p>(plan: &'p Plan, env: &mut Env<'_, '_>) -> Result<Box<dyn Operator + 'p>> {
    Ok(match plan {
        Plan::OneRow => Box::new(Once(true)),
        Plan::Nothing => Box::new(Once(false)),
        Plan::Values(rows) => Box::new(ValueRows { rows, at: 0 }),
        Plan::Scan(scan) => Box::new(scan::open(scan, env)?),
        Plan::SystemView(view) => {
            let rows = view.0.rows(env.ctx.session)?;
            Box::new(Stored(rows.into_iter()))
        }
        Plan::TableFunction(function) => Box::new(Stored(rowset::rows(function, env)?.into_iter())),
        Plan::Filter { input, predicate } => Box::new(Filter {
            input: open(input, env)?,
            predicate,
        }),
        Plan::Project { input, exprs } => Box::new(Project {
            input: open(input, env)?,
            exprs,
        }),
        Plan::Join(join) => join::open(join, env)?,
        Plan::Apply {
            kind,
            left,
            right,
            right_width,
        } => Box::new(join::Apply::new(
            *kind,
            open(left, env)?,
            right,
            *right_width,
        )),
        Plan::Aggregate(aggregate) => Box::new(Stored(aggregate::run(aggregate, env)?.into_iter())),
        Plan::Window(window) => Box::new(Stored(window::run(window, env)?.into_iter())),
        Plan::Sort { input, keys, limit } => Box::new(Stored(
            sort::run(input, keys, limit.as_ref(), env)?.into_iter(),
        )),
        Plan::Top {
            input,
            count,
            percent,
            ties,
        } => sort::open_top(input, count, *percent, ties, env)?,
        Plan::Offset {
            input,
            offset,
            fetch,
        } => Box::new(sort::open_offset(input, offset, fetch.as_ref(), env)?),
        Plan::Distinct(input, types) => Box::new(set::Distinct::new(open(input, env)?, types)),
        Plan::FirstOf(input) => Box::new(set::FirstOf::new(open(input, env)?)),
        Plan::UnionAll(list) => Box::new(set::Concat::new(list)),
        Plan::SetOperation {
            intersect,
            left,
            right,
            types,
        } => Box::new(set::open(*intersect, left, right, types, env)?),
        Plan::Recursive {
            id,
            anchor,
            step,
            limit,
        } => Box::new(recursive::Recursive::open(*id, anchor, step, *limit, env)?),
        Plan::WorkTable { id, .. } => {
            let rows = env.work_tables.get(id).cloned().unwrap_or_default();
            Box::new(Stored((*rows).clone().into_iter()))
        }
        Plan::ForJson { input, spec } => {
            let mut rows = open(input, env)?;
            let mut text = String::new();
            let mut count = 0;
            while let Some(row) = rows.next(env)? {
                if count > 0 {
                    text.push(',');
                }
                for_json::write_row(spec, &row, &mut text)?;
                count += 1;
            }
            let row = for_json::wrap(spec, text, count).map(|t| vec![Value::nvarchar(t)]);
            Box::new(Stored(row.into_iter().collect::<Vec<_>>().into_iter()))
        }
    })
}

/// At most `limit` rows of a plan.
pub fn collect(plan: &Plan, env: &mut Env<'_, '_>, limit: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut operator = open(plan, env)?;
    while rows.len() < limit {
        match operator.next(env)? {
            Some(row) => rows.push(row),
            None => break,
        }
    }
    Ok(rows)
}

struct Once(bool);

impl Operator for Once {
    fn next(&mut self, _env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        Ok(std::mem::take(&mut self.0).then(Vec::new))
    }
}

struct ValueRows<'p> {
    rows: &'p [Vec<BoundExpr>],
    at: usize,
}

impl Operator for ValueRows<'_> {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        let Some(exprs) = self.rows.get(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        exprs
            .iter()
            .map(|e| e.value(&[], env))
            .collect::<Result<_>>()
            .map(Some)
    }
}

/// Rows that were computed before.
pub(super) struct Stored(pub std::vec::IntoIter<Row>);

impl Operator for Stored {
    fn next(&mut self, _env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        Ok(self.0.next())
    }
}

struct Filter<'p> {
    input: Box<dyn Operator + 'p>,
    predicate: &'p BoundExpr,
}

impl Operator for Filter<'_> {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        while let Some(row) = self.input.next(env)? {
            if self.predicate.truth(&row, env)? == Some(true) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

struct Project<'p> {
    input: Box<dyn Operator + 'p>,
    exprs: &'p [BoundExpr],
}

impl Operator for Project<'_> {
    fn next(&mut self, env: &mut Env<'_, '_>) -> Result<Option<Row>> {
        let Some(row) = self.input.next(env)? else {
            return Ok(None);
        };
        self.exprs
            .iter()
            .map(|e| e.value(&row, env))
            .collect::<Result<_>>()
            .map(Some)
    }
}

/// The bytes of some expressions' values: equal values, equal bytes; NULLs are equal to each other.
pub(super) fn key_of(exprs: &[BoundExpr], row: &[Value], env: &mut Env<'_, '_>) -> Result<Vec<u8>> {
    let mut key = Vec::with_capacity(exprs.len() * 9);
    for expr in exprs {
        let value = expr.value(row, env)?;
        push_key(&value, &expr.ty, &mut key);
    }
    Ok(key)
}

pub(super) fn push_key(value: &Value, ty: &SqlType, key: &mut Vec<u8>) {
    sort_key(value, ty, key);
}

/// The bytes of a whole row.
pub(super) fn row_key(row: &[Value], types: &[SqlType]) -> Vec<u8> {
    let mut key = Vec::with_capacity(row.len() * 9);
    for (value, ty) in row.iter().zip(types) {
        push_key(value, ty, &mut key);
    }
    key
}

/// A count of rows; NULL is `null`.
pub(super) fn count_of(expr: &BoundExpr, env: &mut Env<'_, '_>, null: SqlError) -> Result<i64> {
    match expr.value(&[], env)? {
        Value::BigInt(n) => Ok(n),
        Value::Int(n) => Ok(i64::from(n)),
        _ => Err(null),
    }
}
