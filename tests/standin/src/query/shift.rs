//! `<<` and `>>` of integers: the value's own width, and a negative count shifts the other way.

use crate::error::{Result, SqlError};
use crate::types::{SqlType, Value};

/// The type of the left side. Binaries are refused by name.
pub(super) fn result_type(value: &SqlType, count: &SqlType) -> Result<SqlType> {
    if value.name.is_integer() && count.name.is_integer() {
        return Ok(value.clone());
    }
    Err(SqlError::not_implemented(format_args!(
        "shifts of {} by {}",
        value.name.as_str(),
        count.name.as_str()
    )))
}

pub(super) fn apply(left: bool, value: &Value, count: &Value) -> Result<Value> {
    let (Some(bits), Some(count)) = (value.as_integer(), count.as_integer()) else {
        return Ok(Value::Null);
    };
    let left = left == (count >= 0);
    if !left && bits < 0 && count != 0 {
        return Err(SqlError::not_implemented(
            "the right shift of a negative number",
        ));
    }
    // Beyond the width nothing stays.
    let count = u32::try_from(count.unsigned_abs()).unwrap_or(u32::MAX);
    let shifted = match (left, count) {
        (_, 64..) => 0,
        (true, _) => bits << count,
        (false, _) => bits >> count,
    };
    // What is shifted out of the type is gone.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(match value {
        Value::TinyInt(_) => Value::TinyInt(shifted as u8),
        Value::SmallInt(_) => Value::SmallInt(shifted as i16),
        Value::Int(_) => Value::Int(shifted as i32),
        _ => Value::BigInt(shifted),
    })
}
