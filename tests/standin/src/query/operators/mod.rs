//! Execution: each operator gives its next row when it is asked.

mod accumulate;
mod aggregate;
mod apply;
mod basic;
mod join;
mod keys;
mod recursive;
mod rowset;
mod scan;
mod set;
mod sort;
mod texts;
mod window;

use crate::error::{Result, SqlError};
use crate::types::Value;

use super::eval::Env;
use super::expr::BoundExpr;
use super::for_json;
use super::plan::Plan;

use basic::{Filter, Once, Project, Stored, ValueRows};
use keys::key_of;

pub type Row = Vec<Value>;

/// A running operator.
pub trait Operator {
    /// Puts the next row into `row`, in place of what was in it. False: there are no more.
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool>;

    /// Starts over, with the outer rows as they are now. False: it cannot, and has to be opened anew.
    fn rewind(&mut self, _env: &mut Env<'_, '_>) -> Result<bool> {
        Ok(false)
    }
}

/// Starts a plan.
pub fn open<'p>(plan: &'p Plan, env: &mut Env<'_, '_>) -> Result<Box<dyn Operator + 'p>> {
    Ok(match plan {
        Plan::OneRow => Box::new(Once(true)),
        Plan::Nothing => Box::new(Once(false)),
        Plan::Values(rows) => Box::new(ValueRows { rows, at: 0 }),
        Plan::Scan(scan) => Box::new(scan::TableRows::open(scan, env)?),
        Plan::SystemView(view) => {
            let session = &mut *env.ctx.session;
            let own = session.database;
            session.database = view.database.unwrap_or(own);
            let rows = view.view.rows(session);
            session.database = own;
            let rows = rows?;
            Box::new(Stored(rows.into_iter()))
        }
        Plan::TableFunction(function) => Box::new(Stored(rowset::rows(function, env)?.into_iter())),
        Plan::Filter { input, predicate } => Box::new(Filter {
            input: open(input, env)?,
            predicate,
        }),
        Plan::Project { input, exprs } => Box::new(Project::new(open(input, env)?, exprs)),
        Plan::Join(join) => join::open(join, env)?,
        Plan::Apply {
            kind,
            left,
            right,
            right_width,
        } => Box::new(apply::Apply::new(
            *kind,
            open(left, env)?,
            right,
            *right_width,
        )),
        Plan::Aggregate(aggregate) => aggregate::open(aggregate, env)?,
        Plan::Window(window) => Box::new(Stored(window::run(window, env)?.into_iter())),
        Plan::Sort { input, keys, limit } => {
            Box::new(sort::Sorted::open(input, keys, limit.as_ref(), env)?)
        }
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
            let mut row = Row::new();
            while rows.next(&mut row, env)? {
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
        let mut row = Row::new();
        if !operator.next(&mut row, env)? {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A count of rows; NULL is `null`.
pub(super) fn count_of(expr: &BoundExpr, env: &mut Env<'_, '_>, null: SqlError) -> Result<i64> {
    match expr.value(&[], env)? {
        Value::BigInt(n) => Ok(n),
        Value::Int(n) => Ok(i64::from(n)),
        _ => Err(null),
    }
}
