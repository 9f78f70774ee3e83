//! SET FMTONLY ON: a query answers with its columns and no row, everything else with nothing. Bulk-copy clients ask for
//! the columns of their target like this.

use crate::error::{Result, SqlError};
use crate::protocol::{Done, ResultSink};
use crate::syntax::ast::{Statement, StatementKind};

use crate::engine::frame::ExecContext;
use crate::engine::{plans, statement};

/// Both branches of an IF and the body of a WHILE are described once; calls are followed.
pub(super) fn describe(
    ctx: &mut ExecContext<'_>,
    stmt: &Statement,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let command = statement::command_code(&stmt.kind);
    match &stmt.kind {
        StatementKind::Select(select) if !statement::has_into(&select.query.body) => {
            let bound = statement::within(ctx, |ctx| plans::select(ctx, select))?;
            if bound.assignments.is_some() {
                return sink.done(statement::done(ctx, command, None));
            }
            sink.columns(&bound.columns)?;
            sink.done(statement::done(ctx, command, Some(0)))
        }
        StatementKind::Insert(insert) => suppressed(ctx, insert.output.is_some(), command, sink),
        StatementKind::Update(update) => suppressed(ctx, update.output.is_some(), command, sink),
        StatementKind::Delete(delete) => suppressed(ctx, delete.output.is_some(), command, sink),
        StatementKind::Select(_) => suppressed(ctx, false, command, sink),
        _ => Ok(()),
    }
}

/// A change that does not happen counts 0, whatever NOCOUNT says.
fn suppressed(
    ctx: &ExecContext<'_>,
    output: bool,
    command: u16,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    if output {
        return Err(SqlError::not_implemented(
            "an OUTPUT clause under SET FMTONLY ON",
        ));
    }
    let done = statement::done(ctx, command, Some(0));
    sink.done(Done {
        nocount: false,
        ..done
    })
}
