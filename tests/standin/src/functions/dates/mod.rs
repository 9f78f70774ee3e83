//! GETDATE to TODATETIMEOFFSET. The datepart arrives as the text of its keyword.

mod arithmetic;
mod build;
mod offset;
mod part;

use self::arithmetic::{add_months, dateadd, dateadd_type, datediff, diff_type};
use self::build::{datefromparts, datetime2fromparts, datetimefromparts, precision, timefromparts};
use self::offset::{switch_type, switchoffset, todatetimeoffset, todatetimeoffset_type};
use self::part::{Part, bind_part, fits, run_part, unsupported};
use super::{Call, Entry, entry, nondeterministic};
use crate::error::{Result, SqlError};
use crate::types::calendar::{
    self, DAY, DAYS_TO_1900, HOUR, MINUTE, MONTHS, SECOND, WEEKDAYS, civil_from_days,
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
