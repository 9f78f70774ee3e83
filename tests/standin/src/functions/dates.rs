//! GETDATE to TODATETIMEOFFSET. The datepart arrives as the text of its keyword.

use super::{Call, Entry, entry, nondeterministic};
use crate::error::{Result, SqlError};
use crate::types::calendar::{
    self, DAY, DAYS_TO_1900, HOUR, LAST_DAY, MINUTE, MONTHS, SECOND, WEEKDAYS, civil_from_days,
    days_from_civil, days_in_month, legacy_of, ticks_of,
};
use crate::types::{DateTimeOffset, SqlType, TypeName, Value, convert, errors};

const DATETIME: SqlType = SqlType::plain(TypeName::DateTime);
const OFFSET7: SqlType = SqlType::scaled(TypeName::DateTimeOffset, 7);

pub(super) static FUNCTIONS: &[Entry] = &[
    nondeterministic("getdate", 0, 0, |_, _, _| Ok(DATETIME), legacy_now),
    nondeterministic("getutcdate", 0, 0, |_, _, _| Ok(DATETIME), legacy_now),
    nondeterministic(
        "current_timestamp",
        0,
        0,
        |_, _, _| Ok(DATETIME),
        legacy_now,
    ),
    nondeterministic(
        "sysdatetime",
        0,
        0,
        |_, _, _| Ok(SqlType::datetime2(7)),
        modern_now,
    ),
    nondeterministic(
        "sysutcdatetime",
        0,
        0,
        |_, _, _| Ok(SqlType::datetime2(7)),
        modern_now,
    ),
    nondeterministic("sysdatetimeoffset", 0, 0, |_, _, _| Ok(OFFSET7), offset_now),
    entry("dateadd", 3, 3, dateadd_type, dateadd),
    entry(
        "datediff",
        3,
        3,
        |n, t, l| diff_type(n, t, l, SqlType::INT),
        datediff,
    ),
    entry(
        "datediff_big",
        3,
        3,
        |n, t, l| diff_type(n, t, l, SqlType::BIGINT),
        datediff,
    ),
    entry(
        "datepart",
        2,
        2,
        |n, t, l| part_type(n, t, l, SqlType::INT),
        datepart,
    ),
    nondeterministic(
        "datename",
        2,
        2,
        |n, t, l| part_type(n, t, l, SqlType::nvarchar(30)),
        datename,
    ),
    entry("datetrunc", 2, 2, datetrunc_type, datetrunc),
    entry(
        "year",
        1,
        1,
        |n, t, _| date_check(n, &t[0], 1).map(|()| SqlType::INT),
        |c| single(c, Part::Year),
    ),
    entry(
        "month",
        1,
        1,
        |n, t, _| date_check(n, &t[0], 1).map(|()| SqlType::INT),
        |c| single(c, Part::Month),
    ),
    entry(
        "day",
        1,
        1,
        |n, t, _| date_check(n, &t[0], 1).map(|()| SqlType::INT),
        |c| single(c, Part::Day),
    ),
    entry(
        "eomonth",
        1,
        2,
        |n, t, _| date_check(n, &t[0], 1).map(|()| SqlType::plain(TypeName::Date)),
        eomonth,
    ),
    entry(
        "datefromparts",
        3,
        3,
        |_, _, _| Ok(SqlType::plain(TypeName::Date)),
        datefromparts,
    ),
    entry(
        "datetimefromparts",
        7,
        7,
        |_, _, _| Ok(DATETIME),
        datetimefromparts,
    ),
    entry(
        "datetime2fromparts",
        8,
        8,
        |_, _, l| precision(l, 7).map(SqlType::datetime2),
        datetime2fromparts,
    ),
    entry(
        "timefromparts",
        5,
        5,
        |_, _, l| precision(l, 4).map(|s| SqlType::scaled(TypeName::Time, s)),
        timefromparts,
    ),
    entry("switchoffset", 2, 2, switch_type, switchoffset),
    entry(
        "todatetimeoffset",
        2,
        2,
        todatetimeoffset_type,
        todatetimeoffset,
    ),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Quarter,
    Month,
    DayOfYear,
    Day,
    Week,
    IsoWeek,
    Weekday,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
    Offset,
}

impl Part {
    fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "year" | "yy" | "yyyy" => Self::Year,
            "quarter" | "qq" | "q" => Self::Quarter,
            "month" | "mm" | "m" => Self::Month,
            "dayofyear" | "dy" | "y" => Self::DayOfYear,
            "day" | "dd" | "d" => Self::Day,
            "week" | "wk" | "ww" => Self::Week,
            "iso_week" | "isowk" | "isoww" => Self::IsoWeek,
            "weekday" | "dw" | "w" => Self::Weekday,
            "hour" | "hh" => Self::Hour,
            "minute" | "mi" | "n" => Self::Minute,
            "second" | "ss" | "s" => Self::Second,
            "millisecond" | "ms" => Self::Millisecond,
            "microsecond" | "mcs" => Self::Microsecond,
            "nanosecond" | "ns" => Self::Nanosecond,
            "tzoffset" | "tz" => Self::Offset,
            _ => return None,
        })
    }

    fn is_time(self) -> bool {
        matches!(
            self,
            Self::Hour
                | Self::Minute
                | Self::Second
                | Self::Millisecond
                | Self::Microsecond
                | Self::Nanosecond
        )
    }

    fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::DayOfYear => "dayofyear",
            Self::Day => "day",
            Self::Week => "week",
            Self::IsoWeek => "iso_week",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Millisecond => "millisecond",
            Self::Microsecond => "microsecond",
            Self::Nanosecond => "nanosecond",
            Self::Offset => "tzoffset",
        }
    }
}

/// 155: not a datepart of that function.
fn bind_part(name: &str, literals: &[Option<Value>]) -> Result<Part> {
    let word = literals
        .first()
        .and_then(|l| l.as_ref())
        .and_then(Value::as_text)
        .unwrap_or("");
    Part::parse(word).ok_or_else(|| {
        SqlError::new(155, format!("'{word}' is not a recognized {name} option."))
            .class(15)
            .compile()
    })
}

fn run_part(c: &Call<'_>) -> Result<Part> {
    let word = c.args[0].as_text().unwrap_or("");
    Part::parse(word).ok_or_else(|| {
        SqlError::new(
            155,
            format!("'{word}' is not a recognized datepart option."),
        )
        .class(15)
    })
}

/// 9810: the datepart does not fit the type.
fn unsupported(part: Part, function: &str, t: &SqlType) -> SqlError {
    SqlError::new(
        9810,
        format!(
            "The datepart {} is not supported by date function {function} for data type {}.",
            part.name(),
            t.base_name()
        ),
    )
    .compile()
}

/// Dates, text, and numbers (days since 1900-01-01). 8116 otherwise.
fn date_check(name: &str, t: &SqlType, position: usize) -> Result<()> {
    let ok = t.name.is_date_or_time()
        || t.name.is_character()
        || t.name.is_integer()
        || t.name.is_decimal()
        || t.name.is_approximate()
        || t.name == TypeName::Bit;
    if ok {
        Ok(())
    } else {
        Err(errors::argument_invalid(t, position, name))
    }
}

fn fits(part: Part, name: &str, t: &SqlType) -> Result<()> {
    let wrong = match t.name {
        TypeName::Date => part.is_time() || part == Part::Offset,
        TypeName::Time => !part.is_time(),
        _ => false,
    };
    if wrong {
        Err(unsupported(part, name, t))
    } else {
        Ok(())
    }
}

fn legacy_now(c: &Call<'_>) -> Result<Value> {
    let (days, units) = legacy_of(ticks_of(c.env.now()));
    Ok(Value::DateTime(days, units))
}

fn modern_now(c: &Call<'_>) -> Result<Value> {
    Ok(Value::DateTime2(ticks_of(c.env.now())))
}

fn offset_now(c: &Call<'_>) -> Result<Value> {
    Ok(Value::DateTimeOffset(Box::new(DateTimeOffset {
        ticks: ticks_of(c.env.now()),
        offset_minutes: 0,
    })))
}

/// The local clock of an argument in ticks since 0001-01-01, and its offset.
fn instant(c: &Call<'_>, index: usize) -> Result<(i64, i16)> {
    let (value, t) = (&c.args[index], &c.types[index]);
    let to = if t.name.is_character() {
        OFFSET7
    } else if t.name.is_date_or_time() {
        t.clone()
    } else {
        DATETIME
    };
    let made = convert::cast(value, t, &to, None, true)?;
    if let Value::DateTimeOffset(d) = &made {
        return Ok((
            d.ticks + i64::from(d.offset_minutes) * MINUTE,
            d.offset_minutes,
        ));
    }
    if let Value::Time(ticks) = &made {
        return Ok((i64::from(DAYS_TO_1900) * DAY + ticks, 0));
    }
    match convert::cast(&made, &to, &SqlType::datetime2(7), None, true)? {
        Value::DateTime2(ticks) => Ok((ticks, 0)),
        _ => Err(errors::date_from_text()),
    }
}

fn day_number(ticks: i64) -> i32 {
    i32::try_from(ticks.div_euclid(DAY)).unwrap_or(0)
}

/// The result of a date function put back into its argument's type.
fn put_back(ticks: i64, offset: i16, to: &SqlType) -> Result<Value> {
    if to.name == TypeName::Time {
        return convert::cast(
            &Value::Time(ticks.rem_euclid(DAY)),
            &SqlType::scaled(TypeName::Time, 7),
            to,
            None,
            true,
        );
    }
    if to.name == TypeName::DateTimeOffset {
        let made = Value::DateTimeOffset(Box::new(DateTimeOffset {
            ticks: ticks - i64::from(offset) * MINUTE,
            offset_minutes: offset,
        }));
        return convert::cast(&made, &OFFSET7, to, None, true);
    }
    convert::cast(
        &Value::DateTime2(ticks),
        &SqlType::datetime2(7),
        to,
        None,
        true,
    )
}

fn dateadd_type(
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

fn dateadd(c: &Call<'_>) -> Result<Value> {
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
fn add_months(ticks: i64, months: i64) -> Option<i64> {
    let (y, m, d) = civil_from_days(day_number(ticks));
    let total = i64::from(y) * 12 + i64::from(m) - 1 + months;
    let year = i32::try_from(total.div_euclid(12)).ok()?;
    let month = i32::try_from(total.rem_euclid(12) + 1).ok()?;
    let day = d.min(days_in_month(year, month));
    Some(i64::from(days_from_civil(year, month, day)?) * DAY + ticks.rem_euclid(DAY))
}

fn diff_type(
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
fn datediff(c: &Call<'_>) -> Result<Value> {
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

fn diff_overflow() -> SqlError {
    SqlError::new(
        535,
        "The datediff function resulted in an overflow. The number of dateparts separating two date/time instances is too large. Try to use datediff with a less precise datepart.",
    )
    .state(0)
}

fn part_type(
    name: &'static str,
    types: &[SqlType],
    literals: &[Option<Value>],
    result: SqlType,
) -> Result<SqlType> {
    let part = bind_part(name, literals)?;
    date_check(name, &types[1], 2)?;
    fits(part, name, &types[1])?;
    if part == Part::Offset
        && !(matches!(
            types[1].name,
            TypeName::DateTimeOffset | TypeName::DateTime2
        ) || types[1].name.is_character())
    {
        return Err(unsupported(part, name, &types[1]));
    }
    Ok(result)
}

fn part_of(part: Part, ticks: i64, offset: i16) -> i32 {
    let days = day_number(ticks);
    let (y, m, d) = civil_from_days(days);
    let of_day = ticks.rem_euclid(DAY);
    let small = |v: i64| i32::try_from(v).unwrap_or(0);
    match part {
        Part::Year => y,
        Part::Quarter => (m - 1) / 3 + 1,
        Part::Month => m,
        Part::DayOfYear => calendar::day_of_year(days),
        Part::Day => d,
        Part::Week => calendar::week_of_year(days),
        Part::IsoWeek => calendar::iso_week(days),
        Part::Weekday => calendar::sunday_weekday(days),
        Part::Hour => small(of_day / HOUR),
        Part::Minute => small(of_day / MINUTE % 60),
        Part::Second => small(of_day / SECOND % 60),
        Part::Millisecond => small(of_day % SECOND / 10_000),
        Part::Microsecond => small(of_day % SECOND / 10),
        Part::Nanosecond => small(of_day % SECOND * 100),
        Part::Offset => i32::from(offset),
    }
}

fn datepart(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let (ticks, offset) = instant(c, 1)?;
    Ok(Value::Int(part_of(
        run_part(c)?,
        legacy_rounded(c, 1, ticks),
        offset,
    )))
}

/// datetime shows its 1/300 s as .000, .003, .007.
fn legacy_rounded(c: &Call<'_>, index: usize, ticks: i64) -> i64 {
    let t = &c.types[index];
    if t.name == TypeName::DateTime {
        (ticks + 5000) / 10_000 * 10_000
    } else {
        ticks
    }
}

fn datename(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let part = run_part(c)?;
    let (ticks, offset) = instant(c, 1)?;
    let ticks = legacy_rounded(c, 1, ticks);
    let days = day_number(ticks);
    Ok(Value::nvarchar(match part {
        Part::Month => {
            let index = usize::try_from(civil_from_days(days).1 - 1).unwrap_or(0);
            MONTHS[index].to_owned()
        }
        Part::Weekday => {
            let index = usize::try_from(calendar::iso_weekday(days) - 1).unwrap_or(0);
            WEEKDAYS[index].to_owned()
        }
        Part::Offset => {
            let sign = if offset < 0 { '-' } else { '+' };
            format!(
                "{sign}{:02}:{:02}",
                offset.unsigned_abs() / 60,
                offset.unsigned_abs() % 60
            )
        }
        other => part_of(other, ticks, offset).to_string(),
    }))
}

fn datetrunc_type(
    name: &'static str,
    types: &[SqlType],
    literals: &[Option<Value>],
) -> Result<SqlType> {
    let part = bind_part(name, literals)?;
    let t = &types[1];
    date_check(name, t, 2)?;
    if matches!(part, Part::Weekday | Part::Nanosecond | Part::Offset) {
        return Err(unsupported(part, name, t));
    }
    fits(part, name, t)?;
    Ok(if t.name.is_date_or_time() {
        t.clone()
    } else {
        SqlType::datetime2(7)
    })
}

fn datetrunc(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let (ticks, offset) = instant(c, 1)?;
    let days = day_number(ticks);
    let (y, m, _) = civil_from_days(days);
    let start = |month: i32| i64::from(days_from_civil(y, month, 1).unwrap_or(0)) * DAY;
    let cut = |size: i64| ticks - ticks.rem_euclid(size);
    let v = match run_part(c)? {
        Part::Year => start(1),
        Part::Quarter => start((m - 1) / 3 * 3 + 1),
        Part::Month => start(m),
        Part::Week => i64::from(days - (calendar::sunday_weekday(days) - 1)) * DAY,
        Part::IsoWeek => i64::from(days - (calendar::iso_weekday(days) - 1)) * DAY,
        Part::Hour => cut(HOUR),
        Part::Minute => cut(MINUTE),
        Part::Second => cut(SECOND),
        Part::Millisecond => cut(10_000),
        Part::Microsecond => cut(10),
        _ => cut(DAY),
    };
    put_back(v, offset, c.result)
}

fn single(c: &Call<'_>, part: Part) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let (ticks, offset) = instant(c, 0)?;
    Ok(Value::Int(part_of(part, ticks, offset)))
}

fn eomonth(c: &Call<'_>) -> Result<Value> {
    if c.args[0].is_null() {
        return Ok(Value::Null);
    }
    let (ticks, _) = instant(c, 0)?;
    let months = if c.args.len() == 2 && !c.args[1].is_null() {
        i64::from(c.int(1)?)
    } else {
        0
    };
    let moved = add_months(ticks, months).ok_or_else(|| {
        SqlError::new(517, "Adding a value to a 'date' column caused an overflow.")
    })?;
    let (y, m, _) = civil_from_days(day_number(moved));
    Ok(Value::Date(
        days_from_civil(y, m, days_in_month(y, m)).unwrap_or(0),
    ))
}

/// 289: an argument of a ...FROMPARTS function is out of range.
fn bad_parts(kind: &str, state: u8) -> SqlError {
    SqlError::new(
        289,
        format!("Cannot construct data type {kind}, some of the arguments have values which are not valid."),
    )
    .state(state)
}

fn datefromparts(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    days_from_civil(c.int(0)?, c.int(1)?, c.int(2)?)
        .map(Value::Date)
        .ok_or_else(|| bad_parts("date", 1))
}

/// The precision argument must be a constant (10760) from 0 to 7 (1002).
fn precision(literals: &[Option<Value>], index: usize) -> Result<u8> {
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
fn clock(h: i32, m: i32, s: i32, fraction: i32, scale: u8) -> Option<i64> {
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

fn datetimefromparts(c: &Call<'_>) -> Result<Value> {
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

fn datetime2fromparts(c: &Call<'_>) -> Result<Value> {
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

fn timefromparts(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    clock(c.int(0)?, c.int(1)?, c.int(2)?, c.int(3)?, c.result.scale)
        .map(Value::Time)
        .ok_or_else(|| bad_parts("time", 2))
}

fn switch_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    let t = &types[0];
    if t.name == TypeName::DateTimeOffset {
        return Ok(t.clone());
    }
    if t.name.is_character() {
        return Ok(OFFSET7);
    }
    Err(errors::argument_invalid(t, 1, name))
}

fn todatetimeoffset_type(
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
fn offset_argument(c: &Call<'_>, function: &str) -> Result<i16> {
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

fn switchoffset(c: &Call<'_>) -> Result<Value> {
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

fn todatetimeoffset(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let offset = offset_argument(c, "todatetimeoffset")?;
    put_back(instant(c, 0)?.0, offset, c.result)
}
