//! Statements that change rows.

pub(crate) mod bulk;
mod delete;
mod derived;
mod foreign_keys;
mod insert;
mod insert_columns;
mod insert_row;
mod merge;
mod merge_rows;
mod output;
mod references;
pub(crate) mod select_into;
mod target;
mod temporal;
mod truncate;
mod update;
mod view_upkeep;
mod writer;

use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{Statement, StatementKind};

use super::faults::FaultPoint;
use super::frame::ExecContext;
use super::interpret::Run;
use super::statement;

/// What a data change may report to: nobody while it is only bound.
pub(crate) type Rows = Option<i64>;

/// Runs INSERT, UPDATE, DELETE, MERGE or TRUNCATE as one statement; the number of rows it changed.
pub(crate) fn run(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    sink: &mut dyn ResultSink,
) -> Result<Rows> {
    if let StatementKind::Insert(insert) = &stmt.kind
        && let crate::syntax::ast::InsertSource::Execute(execute) = &insert.source
    {
        return insert::run_execute(ctx, insert, execute, sink);
    }
    if ctx.frame.in_function {
        target::refuse_in_function(ctx, &stmt.kind)?;
    }
    statement::within(ctx, |ctx| {
        if let Some(fault) = ctx.session.fault(FaultPoint::BeforeStatement) {
            return Err(fault);
        }
        let rows = match &stmt.kind {
            StatementKind::Insert(insert) => insert::run(ctx, insert, sink)?,
            StatementKind::Update(update) => update::run(ctx, update, sink)?,
            StatementKind::Delete(delete) => delete::run(ctx, delete, sink)?,
            StatementKind::Truncate(name) => {
                truncate::run(ctx, name)?;
                return Ok(None);
            }
            StatementKind::Merge(merge) => merge::run(ctx, merge, sink)?,
            _ => return Err(SqlError::not_implemented("this data change")),
        };
        Ok(i64::try_from(rows).ok())
    })
}

/// Binds a data change without running it.
pub(crate) fn check(ctx: &mut ExecContext<'_>, stmt: &Statement) -> Result<()> {
    derived::refuse(&stmt.kind)?;
    match &stmt.kind {
        StatementKind::Insert(insert) => insert::check(ctx, insert),
        StatementKind::Update(update) => update::plan(ctx, update).map(|_| ()),
        StatementKind::Delete(delete) => delete::plan(ctx, delete).map(|_| ()),
        StatementKind::Merge(merge) => merge::plan(ctx, merge).map(|_| ()),
        _ => Ok(()),
    }
}

/// A `Run` whose only failure is an error on its way to a TRY.
pub(crate) fn raised<T>(outcome: Run<T>) -> Result<Option<T>> {
    use super::interpret::Unwind;
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Unwind::Raise(error)) => Err(error),
        Err(Unwind::Scope(_)) => Ok(None),
        Err(Unwind::Batch(number)) => {
            Err(SqlError::new(number, "").kind(crate::error::ErrorKind::Cancelled))
        }
        Err(Unwind::Cancelled) => {
            Err(SqlError::new(0, "").kind(crate::error::ErrorKind::Cancelled))
        }
    }
}
