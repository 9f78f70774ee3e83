//! DATEADD and DATEDIFF: moving a date (517) and counting boundaries (535).

use super::part::{Part, bind_part, fits, run_part, unsupported};
use super::{DATETIME, date_check, day_number, instant, put_back};
use crate::error::{Result, SqlError};
use crate::functions::Call;
use crate::types::calendar::{
    DAY, HOUR, LAST_DAY, MINUTE, SECOND, civil_from_days, days_from_civil, days_in_month,
};
use crate::types::{SqlType, TypeName, Value, convert, errors};

pub(super) fn dateadd_type(
    name: &'static str,
    types: &[SqlType],
    literals: &[Option<Value>],
) -> Result<SqlType> {
    let part = bind_part(name, literals)?;
    let n = &types[1];
    if !(n.name.is_integer()
        || n.name.is_decimal()
        || n.name.is_approximate()
        || n.name.is_money()
        || n.name == TypeName::Bit)
    {
        return Err(errors::argument_invalid(n, 2, name));
    }
    let t = &types[2];
    date_check(name, t, 3)?;
    if matches!(part, Part::Offset | Part::IsoWeek) {
        return Err(unsupported(part, name, t));
    }
    fits(part, name, t)?;
    Ok(if t.name.is_date_or_time() {
        t.clone()
    } else {
        DATETIME
    })
}

pub(super) fn dateadd(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let part = run_part(c)?;
    let n = i64::from(c.int(1)?);
    let (ticks, offset) = if c.types[2].name.is_character() {
        match convert::cast(&c.args[2], &c.types[2], &DATETIME, None, true)? {
            made @ Value::DateTime(..) => {
                match convert::cast(&made, &DATETIME, &SqlType::datetime2(7), None, true)? {
                    Value::DateTime2(t) => (t, 0),
                    _ => return Err(errors::date_from_text()),
                }
            }
            _ => return Err(errors::date_from_text()),
        }
    } else {
        instant(c, 2)?
    };
    let overflow = || {
        SqlError::new(
            517,
            format!(
                "Adding a value to a '{}' column caused an overflow.",
                c.result.base_name()
            ),
        )
    };
    let moved = match part {
        Part::Year => add_months(ticks, n * 12),
        Part::Quarter => add_months(ticks, n * 3),
        Part::Month => add_months(ticks, n),
        Part::Day | Part::DayOfYear | Part::Weekday => ticks.checked_add(n.saturating_mul(DAY)),
        Part::Week => ticks.checked_add(n.saturating_mul(7 * DAY)),
        Part::Hour => ticks.checked_add(n.saturating_mul(HOUR)),
        Part::Minute => ticks.checked_add(n * MINUTE),
        Part::Second => ticks.checked_add(n * SECOND),
        Part::Millisecond => ticks.checked_add(n * 10_000),
        Part::Microsecond => ticks.checked_add(n * 10),
        Part::Nanosecond => ticks.checked_add((n + 50 * n.signum()) / 100),
        Part::IsoWeek | Part::Offset => None,
    }
    .ok_or_else(overflow)?;
    if c.result.name != TypeName::Time && !(0..=LAST_DAY).contains(&day_number(moved)) {
        return Err(overflow());
    }
    put_back(moved, offset, c.result).map_err(|e| if e.number == 242 { overflow() } else { e })
}

/// The same day of another month, or its last day.
pub(super) fn add_months(ticks: i64, months: i64) -> Option<i64> {
    let (y, m, d) = civil_from_days(day_number(ticks));
    let total = i64::from(y) * 12 + i64::from(m) - 1 + months;
    let year = i32::try_from(total.div_euclid(12)).ok()?;
    let month = i32::try_from(total.rem_euclid(12) + 1).ok()?;
    let day = d.min(days_in_month(year, month));
    Some(i64::from(days_from_civil(year, month, day)?) * DAY + ticks.rem_euclid(DAY))
}

pub(super) fn diff_type(
    name: &'static str,
    types: &[SqlType],
    literals: &[Option<Value>],
    result: SqlType,
) -> Result<SqlType> {
    let part = bind_part(name, literals)?;
    if matches!(part, Part::Offset | Part::IsoWeek) {
        return Err(SqlError::new(
            9806,
            format!(
                "The datepart {} is not supported by date function {name}.",
                part.name()
            ),
        )
        .compile());
    }
    date_check(name, &types[1], 2)?;
    date_check(name, &types[2], 3)?;
    Ok(result)
}

/// Boundaries crossed, not time elapsed.
pub(super) fn datediff(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let part = run_part(c)?;
    // datetimeoffset operands are compared in UTC.
    let utc = |(ticks, offset): (i64, i16)| ticks - i64::from(offset) * MINUTE;
    let (a, b) = (utc(instant(c, 1)?), utc(instant(c, 2)?));
    let (da, db) = (day_number(a), day_number(b));
    let months = |days: i32| {
        let (y, m, _) = civil_from_days(days);
        i64::from(y) * 12 + i64::from(m) - 1
    };
    let units = |size: i64| b.div_euclid(size) - a.div_euclid(size);
    // Weeks begin on Sunday whatever DATEFIRST says.
    let week = |days: i32| i64::from(days + 1).div_euclid(7);
    let v = match part {
        Part::Year => months(db).div_euclid(12) - months(da).div_euclid(12),
        Part::Quarter => months(db).div_euclid(3) - months(da).div_euclid(3),
        Part::Month => months(db) - months(da),
        Part::Week => week(db) - week(da),
        Part::Hour => units(HOUR),
        Part::Minute => units(MINUTE),
        Part::Second => units(SECOND),
        Part::Millisecond => units(10_000),
        Part::Microsecond => units(10),
        Part::Nanosecond => (b - a).checked_mul(100).ok_or_else(diff_overflow)?,
        _ => i64::from(db - da),
    };
    if c.result.name == TypeName::BigInt {
        return Ok(Value::BigInt(v));
    }
    i32::try_from(v)
        .map(Value::Int)
        .map_err(|_| diff_overflow())
}

pub(super) fn diff_overflow() -> SqlError {
    SqlError::new(
        535,
        "The datediff function resulted in an overflow. The number of dateparts separating two date/time instances is too large. Try to use datediff with a less precise datepart.",
    )
    .state(0)
}
