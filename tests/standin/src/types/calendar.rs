//! Days, months and ticks of the proleptic Gregorian calendar.

use chrono::{DateTime, Datelike, Timelike, Utc};

/// 100 ns units in a second, a minute, an hour and a day.
pub const SECOND: i64 = 10_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// 1/300 s units in a day.
pub const LEGACY_DAY: i64 = 300 * 86_400;
/// Days from 0001-01-01 to 1900-01-01.
pub const DAYS_TO_1900: i32 = 693_595;
/// 9999-12-31 in days since 0001-01-01.
pub const LAST_DAY: i32 = 3_652_058;
/// 1753-01-01, the first day of datetime, in days since 1900-01-01.
pub const FIRST_LEGACY_DAY: i32 = -53_690;

pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 0001-01-01, or `None` when it is no date of years 1 to 9999.
pub fn days_from_civil(year: i32, month: i32, day: i32) -> Option<i32> {
    if !(1..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || day < 1
        || day > days_in_month(year, month)
    {
        return None;
    }
    let before = year - 1;
    let mut days = before * 365 + before / 4 - before / 100 + before / 400;
    for m in 1..month {
        days += days_in_month(year, m);
    }
    Some(days + day - 1)
}

/// Year, month and day of days since 0001-01-01.
pub fn civil_from_days(days: i32) -> (i32, i32, i32) {
    // Howard Hinnant's algorithm, shifted from 0000-03-01 to 0001-01-01.
    let z = i64::from(days) + 306;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    #[allow(clippy::cast_possible_truncation)]
    (year as i32, month as i32, day as i32)
}

/// 1 = Monday .. 7 = Sunday. 0001-01-01 was a Monday.
pub fn iso_weekday(days: i32) -> i32 {
    days.rem_euclid(7) + 1
}

/// datepart(weekday) under DATEFIRST 7: 1 = Sunday.
pub fn sunday_weekday(days: i32) -> i32 {
    (days + 1).rem_euclid(7) + 1
}

pub fn day_of_year(days: i32) -> i32 {
    let (year, _, _) = civil_from_days(days);
    days - days_from_civil(year, 1, 1).unwrap_or(days) + 1
}

/// datepart(week) under DATEFIRST 7.
pub fn week_of_year(days: i32) -> i32 {
    let (year, _, _) = civil_from_days(days);
    let first = days_from_civil(year, 1, 1).unwrap_or(days);
    (days - first + sunday_weekday(first) - 1) / 7 + 1
}

pub fn iso_week(days: i32) -> i32 {
    // The ISO week belongs to the year of its Thursday.
    let thursday = days - (iso_weekday(days) - 4);
    (day_of_year(thursday) - 1) / 7 + 1
}

/// Rounds ticks of the day to `scale` fractional digits, half up. May return a whole day.
pub fn round_ticks(ticks: i64, scale: u8) -> i64 {
    let unit = 10i64.pow(u32::from(7 - scale.min(7)));
    (ticks + unit / 2).div_euclid(unit) * unit
}

/// 1/300 s units of a time of day, nearest.
pub fn legacy_from_ticks(ticks: i64) -> i64 {
    (ticks * 3 + 50_000).div_euclid(100_000)
}

/// 100 ns ticks of 1/300 s units, nearest.
pub fn ticks_from_legacy(units: i64) -> i64 {
    (units * 100_000 + 1).div_euclid(3)
}

/// The 100 ns instant since 0001-01-01 of a UTC clock reading.
pub fn ticks_of(now: DateTime<Utc>) -> i64 {
    let days = now.date_naive().num_days_from_ce() - 1;
    i64::from(days) * DAY
        + i64::from(now.num_seconds_from_midnight()) * SECOND
        + i64::from(now.nanosecond() % 1_000_000_000) / 100
}

/// Days since 1900-01-01 and 1/300 s units of a clock reading, as GETUTCDATE gives it.
pub fn legacy_of(ticks: i64) -> (i32, i32) {
    let mut days = i32::try_from(ticks.div_euclid(DAY)).unwrap_or(0) - DAYS_TO_1900;
    let mut units = legacy_from_ticks(ticks.rem_euclid(DAY));
    if units >= LEGACY_DAY {
        units -= LEGACY_DAY;
        days += 1;
    }
    (days, i32::try_from(units).unwrap_or(0))
}

pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
