//! Conversions into date and time types.

use super::super::calendar::{
    DAY, DAYS_TO_1900, FIRST_LEGACY_DAY, LAST_DAY, LEGACY_DAY, MINUTE, legacy_from_ticks,
    round_ticks,
};
use super::super::datetime::{self, DateTextError};
use super::super::errors;
use super::super::format_date::modern_ticks;
use super::super::value::{DateTimeOffset, SqlType, TypeName, Value};
use super::binary::{date_from_binary, modern_days};
use super::numbers::as_f64;
use crate::error::{Result, SqlError};

/// A date and time on its way from one type to another.
struct Moment {
    /// 100 ns since 0001-01-01, local clock.
    ticks: i64,
    offset: Option<i16>,
}

pub fn to_date(value: &Value, from: &SqlType, to: &SqlType, style: Option<i32>) -> Result<Value> {
    let at = |days: i32| i64::from(days) * DAY;
    let moment = match value {
        Value::Date(days) => Moment {
            ticks: at(*days),
            offset: None,
        },
        Value::Time(ticks) => Moment {
            ticks: at(DAYS_TO_1900) + ticks,
            offset: None,
        },
        Value::DateTime(days, units) => {
            if to.name == TypeName::DateTime {
                return Ok(value.clone());
            }
            Moment {
                ticks: at(modern_days(*days)) + modern_ticks(*units),
                offset: None,
            }
        }
        Value::SmallDateTime(days, minutes) => Moment {
            ticks: at(modern_days(i32::from(*days))) + i64::from(*minutes) * MINUTE,
            offset: None,
        },
        Value::DateTime2(ticks) => Moment {
            ticks: *ticks,
            offset: None,
        },
        Value::DateTimeOffset(d) => Moment {
            ticks: d.ticks + i64::from(d.offset_minutes) * MINUTE,
            offset: Some(d.offset_minutes),
        },
        Value::VarChar(s) | Value::NVarChar(s) => from_text(s, from, to, style)?,
        Value::Binary(b) => return date_from_binary(b, to).ok_or_else(errors::date_from_text),
        number if matches!(to.name, TypeName::DateTime | TypeName::SmallDateTime) => {
            return from_number(number, from, to);
        }
        _ => return Err(errors::explicit_not_allowed(from, to)),
    };
    store(&moment, from, to)
}

fn store(moment: &Moment, from: &SqlType, to: &SqlType) -> Result<Value> {
    let out_of_range = || errors::date_out_of_range(from, to);
    let day_of = |ticks: i64| i32::try_from(ticks.div_euclid(DAY)).unwrap_or(i32::MAX);
    match to.name {
        TypeName::Date => Ok(Value::Date(day_of(moment.ticks))),
        TypeName::Time => {
            // Rounding up at midnight wraps to 00:00.
            let rounded = round_ticks(moment.ticks.rem_euclid(DAY), to.scale);
            Ok(Value::Time(rounded % DAY))
        }
        TypeName::DateTime2 => {
            let rounded = round_moment(moment.ticks, to.scale);
            Ok(Value::DateTime2(rounded))
        }
        TypeName::DateTimeOffset => {
            let rounded = round_moment(moment.ticks, to.scale);
            let offset = moment.offset.unwrap_or(0);
            let utc = rounded - i64::from(offset) * MINUTE;
            if !(0..=LAST_DAY).contains(&day_of(utc)) {
                return Err(errors::date_from_text());
            }
            Ok(Value::DateTimeOffset(Box::new(DateTimeOffset {
                ticks: utc,
                offset_minutes: offset,
            })))
        }
        TypeName::DateTime => {
            let mut days = day_of(moment.ticks) - DAYS_TO_1900;
            let mut units = legacy_from_ticks(moment.ticks.rem_euclid(DAY));
            if units >= LEGACY_DAY {
                units -= LEGACY_DAY;
                days += 1;
            }
            if !(FIRST_LEGACY_DAY..=LAST_DAY - DAYS_TO_1900).contains(&days) {
                return Err(out_of_range());
            }
            Ok(Value::DateTime(days, i32::try_from(units).unwrap_or(0)))
        }
        _ => {
            // smalldatetime: up to 29.998 s round down, 29.999 s and more up.
            let of_day = moment.ticks.rem_euclid(DAY);
            let units = legacy_from_ticks(of_day);
            let mut minutes = (units + 9000) / 18_000;
            let mut days = day_of(moment.ticks) - DAYS_TO_1900;
            if minutes >= 1440 {
                minutes -= 1440;
                days += 1;
            }
            let days = u16::try_from(days).map_err(|_| out_of_range())?;
            Ok(Value::SmallDateTime(
                days,
                u16::try_from(minutes).unwrap_or(0),
            ))
        }
    }
}

/// Rounds an instant to the scale; at the very end of 9999 it stays within the day.
fn round_moment(ticks: i64, scale: u8) -> i64 {
    let rounded = round_ticks(ticks, scale);
    if rounded >= (i64::from(LAST_DAY) + 1) * DAY {
        let unit = 10i64.pow(u32::from(7 - scale.min(7)));
        ticks / unit * unit
    } else {
        rounded
    }
}

fn from_text(text: &str, from: &SqlType, to: &SqlType, style: Option<i32>) -> Result<Moment> {
    check_input_style(style)?;
    let legacy = matches!(to.name, TypeName::DateTime | TypeName::SmallDateTime);
    let refused = || match to.name {
        TypeName::SmallDateTime => SqlError::new(
            295,
            "Conversion failed when converting character string to smalldatetime data type.",
        )
        .state(3),
        _ => errors::date_from_text(),
    };
    let parsed = datetime::parse(text).map_err(|e| match e {
        DateTextError::Range if legacy => errors::date_out_of_range(from, to),
        _ => refused(),
    })?;
    if legacy && (parsed.fraction_digits > 3 || (parsed.offset.is_some() && !parsed.zulu)) {
        return Err(refused());
    }
    let mut ticks = datetime::ticks(&parsed);
    if to.name == TypeName::DateTimeOffset || !legacy {
        ticks = ticks.min((i64::from(LAST_DAY) + 1) * DAY - 1);
    }
    Ok(Moment {
        ticks,
        offset: parsed.offset,
    })
}

/// CONVERT's input styles. The ISO and us_english forms are what the default reader reads; the others are refused by
/// name rather than read in the wrong order.
fn check_input_style(style: Option<i32>) -> Result<()> {
    match style {
        None
        | Some(
            0 | 1 | 8 | 10 | 12 | 14 | 20 | 21 | 23 | 24 | 25 | 100 | 101 | 108 | 110 | 112 | 114
            | 120 | 121 | 126 | 127,
        ) => Ok(()),
        Some(n) => Err(SqlError::not_implemented(format_args!(
            "CONVERT style {n} from text to a date"
        ))),
    }
}

/// Days and their fraction since 1900-01-01.
pub fn from_number(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    let out_of_range = || errors::overflow_from(from.message_name(), to, 2);
    let days = as_f64(value).ok_or_else(|| errors::explicit_not_allowed(from, to))?;
    if !(-53_690.0..2_958_464.0).contains(&days) {
        return Err(if value.as_integer().is_some() {
            errors::overflow(to)
        } else {
            out_of_range()
        });
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let total = (days * LEGACY_DAY as f64).round() as i64;
    let whole = i32::try_from(total.div_euclid(LEGACY_DAY)).map_err(|_| out_of_range())?;
    let units = i32::try_from(total.rem_euclid(LEGACY_DAY)).map_err(|_| out_of_range())?;
    let made = Value::DateTime(whole, units);
    if to.name == TypeName::DateTime {
        Ok(made)
    } else {
        to_date(&made, &SqlType::plain(TypeName::DateTime), to, None)
    }
}
