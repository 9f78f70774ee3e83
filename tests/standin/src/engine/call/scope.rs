//! What a module or dynamic batch may change for itself only, and what is put back when it returns.

use crate::engine::frame::{ExecContext, Frame};
use crate::engine::interpret::{Run, Unwind};
use crate::engine::options::SessionOptions;
use crate::engine::session::Session;
use crate::error::{ErrorKind, Result, SqlError};

/// The caller's state while a module or dynamic batch runs.
pub(super) struct Saved {
    options: SessionOptions,
    database: i32,
    transaction_count: u32,
}

pub(super) fn enter(session: &mut Session) -> Result<Saved> {
    if session.nest_level >= 32 {
        return Err(SqlError::new(
            217,
            "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).",
        ));
    }
    session.nest_level += 1;
    session.procedure_depth += 1;
    session.temp_scopes.push(std::collections::HashMap::new());
    Ok(Saved {
        options: session.options.clone(),
        database: session.database,
        transaction_count: session.transaction.count,
    })
}

/// Puts everything back; afterwards an unbalanced transaction count is 266. The inner error is the number of the one that
/// ended the scope.
pub(super) fn leave<T>(
    session: &mut Session,
    frame: &Frame,
    saved: Saved,
    outcome: Run<T>,
) -> Run<std::result::Result<T, i32>> {
    session.nest_level = session.nest_level.saturating_sub(1);
    session.procedure_depth = session.procedure_depth.saturating_sub(1);
    session.drop_table_variables(frame);
    session.drop_temp_scope();
    session.options = saved.options;
    session.database = saved.database;
    let value = match outcome {
        Ok(value) => Ok(value),
        Err(Unwind::Scope(number)) => {
            session.last_error = number;
            Err(number)
        }
        Err(other) => return Err(other),
    };
    let now = session.transaction.count;
    // With IMPLICIT_TRANSACTIONS a scope may leave the transaction open that it began.
    if now != saved.transaction_count && !session.options.implicit_transactions {
        let mut error = SqlError::new(
            266,
            format!(
                "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = {}, current count = {now}.",
                saved.transaction_count
            ),
        )
        .state(2);
        error.procedure.clone_from(&frame.procedure);
        error.line = frame.line;
        return Err(Unwind::Raise(error));
    }
    Ok(value)
}

/// A compile error of an inner scope is a run-time error for the scope that called it.
pub(super) fn seen_by_caller(left: Unwind) -> Unwind {
    match left {
        Unwind::Raise(error) if error.kind == ErrorKind::Compile => Unwind::Raise(SqlError {
            kind: ErrorKind::Runtime,
            settled: false,
            ..error
        }),
        other => other,
    }
}

/// Marks an error as one that happened inside this context's frame.
pub(super) fn located(ctx: &ExecContext<'_>, error: SqlError) -> SqlError {
    crate::engine::messages::locate(ctx.frame, error)
}
