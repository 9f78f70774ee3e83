//! SWITCHOFFSET and TODATETIMEOFFSET (9812).

use super::{OFFSET7, date_check, instant, put_back};
use crate::error::{Result, SqlError};
use crate::functions::Call;
use crate::types::calendar::MINUTE;
use crate::types::{DateTimeOffset, SqlType, TypeName, Value, errors};

pub(super) fn switch_type(
    name: &'static str,
    types: &[SqlType],
    _: &[Option<Value>],
) -> Result<SqlType> {
    let t = &types[0];
    if t.name == TypeName::DateTimeOffset {
        return Ok(t.clone());
    }
    if t.name.is_character() {
        return Ok(OFFSET7);
    }
    Err(errors::argument_invalid(t, 1, name))
}

pub(super) fn todatetimeoffset_type(
    name: &'static str,
    types: &[SqlType],
    _: &[Option<Value>],
) -> Result<SqlType> {
    date_check(name, &types[0], 1)?;
    let scale = match types[0].name {
        TypeName::DateTime2 | TypeName::DateTimeOffset => types[0].scale,
        TypeName::DateTime => 3,
        TypeName::SmallDateTime | TypeName::Date => 0,
        _ => 7,
    };
    Ok(SqlType::scaled(TypeName::DateTimeOffset, scale))
}

/// `'+02:00'` or minutes; 9812 outside 14 hours.
pub(super) fn offset_argument(c: &Call<'_>, function: &str) -> Result<i16> {
    let invalid = || {
        SqlError::new(
            9812,
            format!("The timezone provided to builtin function {function} is invalid."),
        )
    };
    let minutes = match c.args[1].as_text() {
        Some(text) => {
            let (sign, rest) = match text.as_bytes().first() {
                Some(b'+') => (1, &text[1..]),
                Some(b'-') => (-1, &text[1..]),
                _ => return Err(invalid()),
            };
            let (h, m) = rest.split_once(':').ok_or_else(invalid)?;
            let (h, m): (i32, i32) = (
                h.parse().map_err(|_| invalid())?,
                m.parse().map_err(|_| invalid())?,
            );
            if !(0..60).contains(&m) {
                return Err(invalid());
            }
            sign * (h * 60 + m)
        }
        None => c.int(1)?,
    };
    i16::try_from(minutes)
        .ok()
        .filter(|m| (-840..=840).contains(m))
        .ok_or_else(invalid)
}

pub(super) fn switchoffset(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let offset_minutes = offset_argument(c, "switchoffset")?;
    let (ticks, offset) = instant(c, 0)?;
    Ok(Value::DateTimeOffset(Box::new(DateTimeOffset {
        ticks: ticks - i64::from(offset) * MINUTE,
        offset_minutes,
    })))
}

pub(super) fn todatetimeoffset(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let offset = offset_argument(c, "todatetimeoffset")?;
    put_back(instant(c, 0)?.0, offset, c.result)
}
