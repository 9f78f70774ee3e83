//! The procedural interpreter: statements in order, errors to the innermost TRY, the batch or the scope.

mod control;
mod expressions;
mod fmtonly;
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
use crate::protocol::{BATCH_END, ResultSink};
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
    messages::null_eliminated(ctx, sink)?;
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
        messages::null_eliminated(ctx, sink)?;
    }
    ctx.session.null_eliminated = false;
    match outcome {
        Err(Unwind::Raise(error)) => settle(ctx, stmt, error, sink),
        Err(Unwind::Cancelled)
            if statement::writes_rows(&stmt.kind) && ctx.session.cancel.is_set() =>
        {
            let notice = messages::locate(ctx.frame, messages::terminated());
            sink.message(&notice)?;
            Err(Unwind::Cancelled)
        }
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
    let mut error = messages::locate(ctx.frame, error);
    ctx.session.last_error = error.number;
    ctx.session.row_count = 0;
    if !error.settled {
        ctx.frame.severity = ctx.frame.severity.max(error.class);
    }
    let options = &ctx.session.options;
    let arithmetic =
        !options.ansi_warnings && options.arithabort && messages::is_arithmetic(error.number);
    if ctx.session.try_depth > 0 && error.class < 20 {
        if error.number == 1205 {
            ctx.session.rollback_all(sink);
        }
        if ctx.session.options.xact_abort || arithmetic || super::Session::aborts_batch(&error) {
            ctx.session.doom();
        }
        caught(ctx, stmt, &error, sink);
        error.settled = true;
        return Err(Unwind::Raise(error));
    }
    let raised = matches!(stmt.kind, StatementKind::RaisError { .. });
    let number = error.number;
    let aborts = arithmetic
        || super::Session::aborts_batch(&error)
        || (ctx.session.options.xact_abort && !raised);
    let throws =
        matches!(stmt.kind, StatementKind::Throw(_)) || error.kind == ErrorKind::ScopeAborting;
    let compile = error.kind == ErrorKind::Compile;
    // A client that is gone is noticed at the next look at the cancel flag.
    let _ = messages::send(sink, &error);
    if aborts {
        // A write conflict dooms the transaction, which the end of the batch then rolls back (3998).
        if number == 41302 && ctx.session.transaction.count > 0 {
            ctx.session.doom();
        } else {
            ctx.session.rollback_all(sink);
        }
        ctx.session.dead |= error.class >= 20;
    } else if statement::writes_rows(&stmt.kind)
        && let Some(notice) = messages::statement_terminated(&error)
    {
        let _ = sink.message(&notice);
    }
    if aborts || throws {
        end_with_error(ctx, BATCH_END, sink);
        return Err(Unwind::Batch(number));
    }
    if compile {
        // A scope that is left like this is closed by the statement that called it.
        if ctx.session.procedure_depth == 0 {
            end_with_error(ctx, BATCH_END, sink);
        }
        return Err(Unwind::Scope(number));
    }
    end_with_error(ctx, statement::command_code(&stmt.kind), sink);
    Ok(Flow::Next)
}

fn end_with_error(ctx: &ExecContext<'_>, command: u16, sink: &mut dyn ResultSink) {
    let done = statement::done(ctx, command, None);
    let _ = sink.done(crate::protocol::Done {
        error: true,
        in_procedure: done.in_procedure && command != BATCH_END,
        ..done
    });
}

/// The DONE of a statement whose error a TRY catches: it says nothing of the error.
fn caught(ctx: &ExecContext<'_>, stmt: &Statement, error: &SqlError, sink: &mut dyn ResultSink) {
    let calls = matches!(stmt.kind, StatementKind::Execute(_));
    if error.kind == ErrorKind::Compile || (error.settled && !calls) {
        return;
    }
    let count = match stmt.kind {
        StatementKind::Select(_)
        | StatementKind::Insert(_)
        | StatementKind::Update(_)
        | StatementKind::Delete(_)
        | StatementKind::Merge(_) => Some(0),
        _ => None,
    };
    let command = statement::command_code(&stmt.kind);
    let _ = sink.done(statement::done(ctx, command, count));
}
