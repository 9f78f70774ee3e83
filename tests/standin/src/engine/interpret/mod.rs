//! The procedural interpreter: statements in order, errors to the innermost TRY, the batch or the scope.

mod control;
mod expressions;
mod leaf;
mod raise;
mod select;
mod set_options;
mod variables;

pub(crate) use control::run_statements;
pub(crate) use expressions::{evaluate, scalar_as};
pub(crate) use raise::{integer, text};
pub(crate) use select::CollectedRows;
pub(crate) use variables::{binary, compound, undeclared};

use crate::error::{ErrorKind, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{Statement, StatementKind};

use super::frame::{ExecContext, Flow};
use super::{messages, statement};

/// Why execution leaves a scope before its end.
#[derive(Debug)]
pub(crate) enum Unwind {
    /// On its way to the innermost TRY; nothing has been sent.
    Raise(SqlError),
    /// Sent already; the module or dynamic batch ends, its caller goes on.
    Scope(i32),
    /// Sent already; the whole batch ends.
    Batch(i32),
    /// Attention, KILL or a client that is gone.
    Cancelled,
}

impl From<SqlError> for Unwind {
    fn from(error: SqlError) -> Self {
        if error.kind == ErrorKind::Cancelled {
            Self::Cancelled
        } else {
            Self::Raise(error)
        }
    }
}

pub(crate) type Run<T = Flow> = std::result::Result<T, Unwind>;

/// Runs one statement; an error that no TRY waits for is reported here, and decides whether the next statement runs.
pub(crate) fn run_statement(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    sink: &mut dyn ResultSink,
) -> Run {
    if ctx.session.cancel.is_set() || ctx.session.is_killed() {
        return Err(Unwind::Cancelled);
    }
    // Of the condition that led here.
    messages::null_eliminated(ctx.session, sink)?;
    ctx.frame.line = i32::try_from(stmt.span.line).unwrap_or(i32::MAX);
    let outcome = match &stmt.kind {
        StatementKind::If { .. }
        | StatementKind::While { .. }
        | StatementKind::Block(_)
        | StatementKind::TryCatch { .. }
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Return(_)
        | StatementKind::Goto(_)
        | StatementKind::Label(_) => control::run(ctx, stmt, sink),
        _ => leaf::run(ctx, stmt, sink).map(|()| Flow::Next),
    };
    if outcome.is_ok() {
        messages::null_eliminated(ctx.session, sink)?;
    }
    ctx.session.null_eliminated = false;
    match outcome {
        Err(Unwind::Raise(error)) => settle(ctx, stmt, error, sink),
        other => other,
    }
}

/// Decides what an error ends.
fn settle(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    error: SqlError,
    sink: &mut dyn ResultSink,
) -> Run {
    if ctx.frame.in_function {
        return Err(Unwind::Raise(error));
    }
    ctx.frame.line = i32::try_from(stmt.span.line).unwrap_or(i32::MAX);
    let error = messages::locate(ctx.frame, error);
    ctx.session.last_error = error.number;
    ctx.session.row_count = 0;
    if error.number == 1205 {
        ctx.session.rollback_all(sink);
    }
    let raised = matches!(stmt.kind, StatementKind::RaisError { .. });
    if ctx.session.try_depth > 0 && error.class < 20 {
        if ctx.session.options.xact_abort || super::Session::aborts_batch(&error) {
            ctx.session.doom();
        }
        return Err(Unwind::Raise(error));
    }
    report(ctx, stmt, &error, sink);
    let number = error.number;
    if super::Session::aborts_batch(&error) || (ctx.session.options.xact_abort && !raised) {
        ctx.session.rollback_all(sink);
        if error.class >= 20 {
            ctx.session.dead = true;
        }
        return Err(Unwind::Batch(number));
    }
    if error.kind == ErrorKind::Compile {
        return Err(Unwind::Scope(number));
    }
    if matches!(stmt.kind, StatementKind::Throw(_)) {
        return Err(Unwind::Batch(number));
    }
    Ok(Flow::Next)
}

/// Sends the error, the notice that belongs to it and the statement's DONE.
fn report(ctx: &ExecContext<'_>, stmt: &Statement, error: &SqlError, sink: &mut dyn ResultSink) {
    // A client that is gone is noticed at the next look at the cancel flag.
    let _ = messages::send(sink, error);
    let ends_batch = ctx.session.options.xact_abort || super::Session::aborts_batch(error);
    if statement::writes_rows(&stmt.kind)
        && !ends_batch
        && let Some(notice) = messages::statement_terminated(error)
    {
        let _ = sink.message(&notice);
    }
    let _ = sink.done(crate::protocol::Done {
        command: statement::command_code(&stmt.kind),
        row_count: None,
        error: true,
        in_procedure: ctx.session.procedure_depth > 0,
    });
}
