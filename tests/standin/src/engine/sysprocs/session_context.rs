//! sp_set_session_context.

use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::types::Value;

use super::functions::{number, text, variant};
use super::{ProcArgument, ProcOutcome, argument};

/// 15664 for a key that was set read-only; a NULL value removes nothing but reads as NULL.
pub(super) fn set(
    ctx: &mut ExecContext<'_>,
    args: &[ProcArgument],
    _: &mut dyn ResultSink,
) -> Result<ProcOutcome> {
    let Some(key) = text(argument(args, "@key", 0)).filter(|k| !k.is_empty()) else {
        return Err(SqlError::not_implemented(
            "sp_set_session_context without a key",
        ));
    };
    let value = argument(args, "@value", 1).cloned().unwrap_or(Value::Null);
    let typed = args
        .iter()
        .find(|a| a.name.eq_ignore_ascii_case("@value"))
        .or_else(|| args.get(1).filter(|a| a.name.is_empty()));
    let value = match (value, typed) {
        (Value::Null, _) => Value::Null,
        (value @ Value::Variant(_), _) => value,
        (value, Some(argument)) => variant(argument.sql_type.clone(), value),
        (value, None) => value,
    };
    let read_only = number(argument(args, "@read_only", 2)).is_some_and(|n| n != 0);
    let slot = key.to_lowercase();
    if ctx
        .session
        .session_context
        .get(&slot)
        .is_some_and(|(_, fixed)| *fixed)
    {
        return Err(SqlError::new(
            15664,
            format!(
                "Cannot set key '{key}' in the session context. The key has been set as read_only for this session."
            ),
        ));
    }
    ctx.session.session_context.insert(slot, (value, read_only));
    Ok(ProcOutcome::default())
}
