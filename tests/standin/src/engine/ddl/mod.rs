//! CREATE, ALTER, DROP and administration.

use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::Statement;

use super::frame::ExecContext;

pub fn execute(
    _ctx: &mut ExecContext<'_>,
    _statement: &Statement,
    _sink: &mut dyn ResultSink,
) -> Result<()> {
    Err(SqlError::not_implemented("definitions"))
}
