//! sp_rename of columns, tables, indexes and constraints.

use crate::engine::ddl::rename;
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;

use super::functions::{parts, text};
use super::{ProcArgument, ProcOutcome, argument};

pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    args: &[ProcArgument],
    sink: &mut dyn ResultSink,
) -> Result<ProcOutcome> {
    let (Some(old), Some(new)) = (
        text(argument(args, "@objname", 0)),
        text(argument(args, "@newname", 1)),
    ) else {
        return Err(SqlError::new(
            15223,
            "Error: The input parameter '@newname' is not allowed to be null.",
        ));
    };
    let kind = text(argument(args, "@objtype", 2)).map(|t| t.to_ascii_uppercase());
    let parts = parts(&old);
    match kind.as_deref() {
        Some("COLUMN") => rename::column(ctx, &parts, &old, &new)?,
        None | Some("OBJECT") => rename::table(ctx, &parts, &old, &new)?,
        Some("INDEX") => rename::index(ctx, &parts, &old, &new)?,
        Some(other) => {
            return Err(SqlError::not_implemented(format_args!(
                "sp_rename of a {other}"
            )));
        }
    }
    sink.message(
        &SqlError::new(
            15477,
            "Caution: Changing any part of an object name could break scripts and stored procedures.",
        )
        .class(0),
    )?;
    Ok(ProcOutcome::default())
}
