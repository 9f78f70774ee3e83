//! The text of dates and times, by CONVERT style.

use super::calendar::{
    DAY, DAYS_TO_1900, HOUR, MINUTE, MONTHS, SECOND, civil_from_days, ticks_from_legacy,
};
use super::errors;
use super::format::invalid_style;
use super::value::{SqlType, TypeName, Value};
use crate::error::{Result, SqlError};

/// The parts of a date or time, taken apart once.
struct Parts {
    year: i32,
    month: i32,
    day: i32,
    hour: i64,
    minute: i64,
    second: i64,
    /// The fraction's digits at the source's precision; empty at precision 0.
    fraction: String,
    /// datetime and smalldatetime separate thousandths by a colon in some styles.
    legacy: bool,
    offset: Option<i16>,
}

impl Parts {
    fn new(days: i32, ticks: i64, scale: u8, legacy: bool, offset: Option<i16>) -> Self {
        let (year, month, day) = civil_from_days(days);
        let fraction = if scale == 0 {
            String::new()
        } else {
            let all = format!("{:07}", ticks % SECOND);
            all[..usize::from(scale.min(7))].to_owned()
        };
        Self {
            year,
            month,
            day,
            hour: ticks / HOUR,
            minute: ticks / MINUTE % 60,
            second: ticks / SECOND % 60,
            fraction,
            legacy,
            offset,
        }
    }

    fn month_name(&self) -> &'static str {
        &MONTHS[usize::try_from(self.month - 1).unwrap_or(0)][..3]
    }

    fn clock(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }

    fn with_fraction(&self, separator: char) -> String {
        if self.fraction.is_empty() {
            self.clock()
        } else {
            format!("{}{separator}{}", self.clock(), self.fraction)
        }
    }

    fn separator(&self) -> char {
        if self.legacy { ':' } else { '.' }
    }

    fn twelve(&self) -> i64 {
        match self.hour % 12 {
            0 => 12,
            h => h,
        }
    }

    fn meridiem(&self) -> &'static str {
        if self.hour < 12 { "AM" } else { "PM" }
    }

    fn iso_date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    fn offset_text(&self) -> String {
        self.offset.map_or_else(String::new, |o| {
            let sign = if o < 0 { '-' } else { '+' };
            format!(
                "{sign}{:02}:{:02}",
                o.unsigned_abs() / 60,
                o.unsigned_abs() % 60
            )
        })
    }
}

/// Digits of datetime's thousandths: 1/300 s rounded to .000, .003, .007.
fn legacy_ticks(units: i32) -> i64 {
    let thousandths = (i64::from(units % 300) * 10 + 1) / 3;
    i64::from(units / 300) * SECOND + thousandths * 10_000
}

fn parts_of(value: &Value, from: &SqlType, style: i32) -> Option<Parts> {
    Some(match value {
        Value::Date(days) => Parts::new(*days, 0, 0, false, None),
        Value::Time(ticks) => Parts::new(DAYS_TO_1900, *ticks, from.scale, false, None),
        Value::DateTime(days, units) => {
            Parts::new(days + DAYS_TO_1900, legacy_ticks(*units), 3, true, None)
        }
        Value::SmallDateTime(days, minutes) => Parts::new(
            i32::from(*days) + DAYS_TO_1900,
            i64::from(*minutes) * MINUTE,
            3,
            true,
            None,
        ),
        Value::DateTime2(ticks) => Parts::new(
            i32::try_from(ticks.div_euclid(DAY)).ok()?,
            ticks.rem_euclid(DAY),
            from.scale,
            false,
            None,
        ),
        Value::DateTimeOffset(d) => {
            // Style 127 shows the UTC instant, every other one the local clock.
            let offset = if style == 127 { 0 } else { d.offset_minutes };
            let local = d.ticks + i64::from(offset) * MINUTE;
            Parts::new(
                i32::try_from(local.div_euclid(DAY)).ok()?,
                local.rem_euclid(DAY),
                from.scale,
                false,
                Some(offset),
            )
        }
        _ => return None,
    })
}

/// The style that plain CAST uses: legacy types 0, the others ODBC canonical.
pub fn default_style(from: TypeName) -> i32 {
    match from {
        TypeName::DateTime | TypeName::SmallDateTime => 0,
        _ => 121,
    }
}

const DATE_ONLY: [i32; 24] = [
    1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 23, 101, 102, 103, 104, 105, 106, 107, 110, 111, 112, 20, 120,
    -1,
];

/// The text of a date or time in a style.
pub fn date_text(value: &Value, from: &SqlType, style: i32, to: &SqlType) -> Result<String> {
    let Some(p) = parts_of(value, from, style) else {
        return Err(errors::error_converting(from, to));
    };
    match from.name {
        TypeName::Date => check_date_style(style, from, to)?,
        TypeName::Time if DATE_ONLY[..21].contains(&style) => {
            return Err(errors::error_converting(from, to));
        }
        _ => {}
    }
    if let Some(text) = date_styles(&p, style) {
        return Ok(text);
    }
    full_styles(&p, value, from, style, to)
}

fn check_date_style(style: i32, from: &SqlType, to: &SqlType) -> Result<()> {
    match style {
        8 | 24 | 108 => Err(errors::error_converting(from, to)),
        14 | 114 => Err(invalid_style(style, "date", to)),
        _ => Ok(()),
    }
}

fn date_styles(p: &Parts, style: i32) -> Option<String> {
    let (y, m, d) = (p.year, p.month, p.day);
    let yy = y % 100;
    let mon = p.month_name();
    Some(match style {
        1 => format!("{m:02}/{d:02}/{yy:02}"),
        101 => format!("{m:02}/{d:02}/{y:04}"),
        2 => format!("{yy:02}.{m:02}.{d:02}"),
        102 => format!("{y:04}.{m:02}.{d:02}"),
        3 => format!("{d:02}/{m:02}/{yy:02}"),
        103 => format!("{d:02}/{m:02}/{y:04}"),
        4 => format!("{d:02}.{m:02}.{yy:02}"),
        104 => format!("{d:02}.{m:02}.{y:04}"),
        5 => format!("{d:02}-{m:02}-{yy:02}"),
        105 => format!("{d:02}-{m:02}-{y:04}"),
        6 => format!("{d:02} {mon} {yy:02}"),
        106 => format!("{d:02} {mon} {y:04}"),
        7 => format!("{mon} {d:02}, {yy:02}"),
        107 => format!("{mon} {d:02}, {y:04}"),
        10 => format!("{m:02}-{d:02}-{yy:02}"),
        110 => format!("{m:02}-{d:02}-{y:04}"),
        11 => format!("{yy:02}/{m:02}/{d:02}"),
        111 => format!("{y:04}/{m:02}/{d:02}"),
        12 => format!("{yy:02}{m:02}{d:02}"),
        112 => format!("{y:04}{m:02}{d:02}"),
        23 => p.iso_date(),
        _ => return None,
    })
}

fn full_styles(
    p: &Parts,
    value: &Value,
    from: &SqlType,
    style: i32,
    to: &SqlType,
) -> Result<String> {
    let is_date = from.name == TypeName::Date;
    let is_time = from.name == TypeName::Time;
    let (mon, d, y) = (p.month_name(), p.day, p.year);
    let named = |clock: String| {
        if is_date {
            format!("{mon} {d:>2} {y:04}")
        } else if is_time {
            clock.trim_start().to_owned()
        } else {
            format!("{mon} {d:>2} {y:04} {clock}")
        }
    };
    let tail = |text: String| {
        if p.offset.is_some() {
            format!("{text} {}", p.offset_text())
        } else {
            text
        }
    };
    let dated = |clock: String| {
        if is_date {
            p.iso_date()
        } else if is_time {
            clock
        } else {
            format!("{} {clock}", p.iso_date())
        }
    };
    Ok(match style {
        0 | 100 => tail(named(format!(
            "{:>2}:{:02}{}",
            p.twelve(),
            p.minute,
            p.meridiem()
        ))),
        9 | 109 => {
            let mut clock = format!("{:>2}:{:02}:{:02}", p.twelve(), p.minute, p.second);
            if !p.fraction.is_empty() {
                clock.push(p.separator());
                clock.push_str(&p.fraction);
            }
            clock.push_str(p.meridiem());
            tail(named(clock))
        }
        13 | 113 => {
            let clock = p.with_fraction(p.separator());
            tail(if is_date {
                format!("{d:02} {mon} {y:04}")
            } else if is_time {
                clock
            } else {
                format!("{d:02} {mon} {y:04} {clock}")
            })
        }
        8 | 24 | 108 => p.clock(),
        14 | 114 => tail(p.with_fraction(p.separator())),
        20 | 120 => tail(dated(p.clock())),
        21 | 25 | 121 => tail(dated(p.with_fraction('.'))),
        22 if !is_date => format!(
            "{}{:>2}:{:02}:{:02} {}",
            if is_time {
                String::new()
            } else {
                format!("{:02}/{d:02}/{:02} ", p.month, y % 100)
            },
            p.twelve(),
            p.minute,
            p.second,
            p.meridiem()
        ),
        126 | 127 => iso_t(p, value, is_date, is_time, style),
        22 | 130 | 131 => {
            return Err(SqlError::not_implemented(format_args!(
                "CONVERT style {style} of {}",
                from.base_name()
            )));
        }
        _ => return Err(invalid_style(style, from.base_name(), to)),
    })
}

fn iso_t(p: &Parts, value: &Value, is_date: bool, is_time: bool, style: i32) -> String {
    // ISO 8601 leaves a zero fraction of the legacy types out.
    let clock = if p.legacy && p.fraction.bytes().all(|b| b == b'0') {
        p.clock()
    } else {
        p.with_fraction('.')
    };
    if is_date {
        return p.iso_date();
    }
    if is_time {
        return clock;
    }
    let zone = match (style, value) {
        (127, Value::DateTimeOffset(_)) => "Z".to_owned(),
        _ => p.offset_text(),
    };
    format!("{}T{clock}{zone}", p.iso_date())
}

/// The legacy clock as 100 ns ticks, for conversions to the modern types.
pub fn modern_ticks(units: i32) -> i64 {
    ticks_from_legacy(i64::from(units))
}
