//! DBCC: a few commands, the others refused by name.

use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::Expr;

pub(super) fn run(
    _ctx: &mut ExecContext<'_>,
    command: &str,
    _arguments: &[Expr],
    _options: &[String],
    sink: &mut dyn ResultSink,
) -> Result<()> {
    match command.to_ascii_uppercase().as_str() {
        "FREEPROCCACHE" | "DROPCLEANBUFFERS" => sink.message(
            &SqlError::new(
                2528,
                "DBCC execution completed. If DBCC printed error messages, contact your system administrator.",
            )
            .class(0),
        ),
        other => Err(SqlError::not_implemented(format_args!("DBCC {other}"))),
    }
}
