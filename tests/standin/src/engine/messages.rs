//! From an error to what the client is told: line and procedure filled in, follow-ups in order.

use crate::error::{ErrorKind, Result, SqlError};
use crate::protocol::ResultSink;

use super::frame::{ExecContext, Frame};
use super::session::Session;

/// Fills in line and procedure unless an inner scope did already.
pub(crate) fn locate(frame: &Frame, mut error: SqlError) -> SqlError {
    if frame.in_function {
        return error;
    }
    if error.line == 0 {
        error.line = frame.line;
    }
    if error.procedure.is_empty() && !frame.procedure.is_empty() {
        error.procedure.clone_from(&frame.procedure);
    }
    for follow_up in &mut error.follow_ups {
        if follow_up.line == 0 {
            follow_up.line = error.line;
        }
        if follow_up.procedure.is_empty() {
            follow_up.procedure.clone_from(&error.procedure);
        }
    }
    error
}

/// Sends an error and its follow-ups.
pub(crate) fn send(sink: &mut dyn ResultSink, error: &SqlError) -> Result<()> {
    sink.message(error)?;
    for follow_up in &error.follow_ups {
        sink.message(follow_up)?;
    }
    Ok(())
}

/// An informational message; severity 10 travels as class 0.
pub(crate) fn info(number: i32, state: u8, message: impl Into<String>) -> SqlError {
    SqlError::new(number, message).class(0).state(state)
}

/// 8153, once for a statement whose aggregates skipped a NULL; 3606 or 3607 for one whose arithmetic became NULL.
pub(crate) fn null_eliminated(ctx: &mut ExecContext<'_>, sink: &mut dyn ResultSink) -> Result<()> {
    if let Some(number) = ctx.session.arithmetic_fault.take() {
        let text = if number == 3607 {
            "Division by zero occurred."
        } else {
            "Arithmetic overflow occurred."
        };
        sink.message(&locate(ctx.frame, info(number, 0, text)))?;
    }
    if !std::mem::take(&mut ctx.session.null_eliminated) || !ctx.session.options.ansi_warnings {
        return Ok(());
    }
    let warning = info(
        8153,
        1,
        "Warning: Null value is eliminated by an aggregate or other SET operation.",
    );
    sink.message(&locate(ctx.frame, warning))
}

/// 3621, sent after an error that ended a statement which writes rows.
pub(crate) fn statement_terminated(error: &SqlError) -> Option<SqlError> {
    let noticed = matches!(
        error.number,
        515 | 547 | 2601 | 2627 | 2628 | 8152 | 8115 | 8134 | 220 | 232 | 512 | 8672 | 1222 | 334
    );
    (noticed && error.kind == ErrorKind::Runtime).then(|| {
        let mut notice = terminated();
        notice.line = error.line;
        notice.procedure.clone_from(&error.procedure);
        notice
    })
}

/// 3621.
pub(crate) fn terminated() -> SqlError {
    info(3621, 0, "The statement has been terminated.")
}

/// Division by zero and overflow, which session options may turn into NULL or into the end of the batch.
pub(crate) fn is_arithmetic(number: i32) -> bool {
    matches!(number, 220 | 232 | 8115 | 8134)
}

impl Session {
    /// Errors that end the batch and the transaction although XACT_ABORT is off.
    pub(crate) fn aborts_batch(error: &SqlError) -> bool {
        error.kind == ErrorKind::BatchAborting
            || matches!(error.number, 245 | 1205 | 3930 | 596)
            || error.class >= 19
    }
}
