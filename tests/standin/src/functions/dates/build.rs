//! The ...FROMPARTS functions (289, 1002, 10760).

use crate::error::{Result, SqlError};
use crate::functions::Call;
use crate::types::calendar::{DAY, HOUR, MINUTE, SECOND, days_from_civil};
use crate::types::{SqlType, Value, convert};

/// 289: an argument of a ...FROMPARTS function is out of range.
pub(super) fn bad_parts(kind: &str, state: u8) -> SqlError {
    SqlError::new(
        289,
        format!("Cannot construct data type {kind}, some of the arguments have values which are not valid."),
    )
    .state(state)
}

pub(super) fn datefromparts(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    days_from_civil(c.int(0)?, c.int(1)?, c.int(2)?)
        .map(Value::Date)
        .ok_or_else(|| bad_parts("date", 1))
}

/// The precision argument must be a constant (10760) from 0 to 7 (1002).
pub(super) fn precision(literals: &[Option<Value>], index: usize) -> Result<u8> {
    match literals.get(index).and_then(|l| l.as_ref()).and_then(Value::as_integer) {
        Some(n @ 0..=7) => Ok(u8::try_from(n).unwrap_or(7)),
        Some(n) => Err(SqlError::new(1002, format!("Line 1: Specified scale {n} is invalid.")).class(15).compile()),
        None => Err(SqlError::new(
            10760,
            "Scale argument is not valid. Valid expressions for data type datetime2 scale argument are integer constants and integer constant expressions.",
        )
        .compile()),
    }
}

/// Ticks of hour, minute, second and a fraction in units of 10^-scale.
pub(super) fn clock(h: i32, m: i32, s: i32, fraction: i32, scale: u8) -> Option<i64> {
    let unit = 10i64.pow(u32::from(7 - scale.min(7)));
    let in_range = (0..24).contains(&h)
        && (0..60).contains(&m)
        && (0..60).contains(&s)
        && fraction >= 0
        && i64::from(fraction) < 10i64.pow(u32::from(scale));
    in_range.then(|| {
        i64::from(h) * HOUR
            + i64::from(m) * MINUTE
            + i64::from(s) * SECOND
            + i64::from(fraction) * unit
    })
}

pub(super) fn datetimefromparts(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let made = days_from_civil(c.int(0)?, c.int(1)?, c.int(2)?).zip(clock(
        c.int(3)?,
        c.int(4)?,
        c.int(5)?,
        c.int(6)?,
        3,
    ));
    let (days, ticks) = made.ok_or_else(|| bad_parts("datetime", 3))?;
    let value = Value::DateTime2(i64::from(days) * DAY + ticks);
    convert::cast(&value, &SqlType::datetime2(7), c.result, None, true)
        .map_err(|_| bad_parts("datetime", 3))
}

pub(super) fn datetime2fromparts(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let made = days_from_civil(c.int(0)?, c.int(1)?, c.int(2)?).zip(clock(
        c.int(3)?,
        c.int(4)?,
        c.int(5)?,
        c.int(6)?,
        c.result.scale,
    ));
    let (days, ticks) = made.ok_or_else(|| bad_parts("datetime2", 5))?;
    Ok(Value::DateTime2(i64::from(days) * DAY + ticks))
}

pub(super) fn timefromparts(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    clock(c.int(0)?, c.int(1)?, c.int(2)?, c.int(3)?, c.result.scale)
        .map(Value::Time)
        .ok_or_else(|| bad_parts("time", 2))
}
