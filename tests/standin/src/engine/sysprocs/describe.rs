//! sp_describe_first_result_set.

use crate::engine::frame::ExecContext;
use crate::engine::statement;
use crate::engine::sysviews::{column_infos, describe};
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;

use super::functions::text;
use super::{ProcArgument, ProcOutcome, scripted};

const DECLARATION: &str =
    "@tsql nvarchar(max), @params nvarchar(max) = NULL, @browse_information_mode tinyint = 0";

pub(super) fn first_result_set(
    ctx: &mut ExecContext<'_>,
    args: &[ProcArgument],
    sink: &mut dyn ResultSink,
) -> Result<ProcOutcome> {
    let (_, values) = scripted::bind(ctx, "sp_describe_first_result_set", DECLARATION, args)?;
    if values
        .get(2)
        .and_then(crate::types::Value::as_integer)
        .unwrap_or(0)
        != 0
    {
        return Err(SqlError::not_implemented("browse information"));
    }
    let source = text(values.first()).unwrap_or_default();
    let declared = text(values.get(1)).unwrap_or_default();
    let columns = describe::columns_of(ctx.session, &source, &declared)?.unwrap_or_default();
    let rows = describe::procedure_rows(&columns)?;
    sink.columns(&column_infos(describe::PROCEDURE))?;
    for row in &rows {
        sink.row(row)?;
    }
    let count = i64::try_from(rows.len()).ok();
    let done = statement::done(ctx, statement::SELECT, count);
    sink.done(crate::protocol::Done {
        in_procedure: true,
        ..done
    })?;
    Ok(ProcOutcome::default())
}
