//! Text that stands in for types which a client does not know.

use chrono::{Datelike, NaiveDate};

use crate::types::DateTimeOffset;

const TICKS_PER_DAY: i64 = 864_000_000_000;
const TICKS_PER_MINUTE: i64 = 600_000_000;

pub(super) fn date(days: i32) -> String {
    match NaiveDate::from_num_days_from_ce_opt(days + 1) {
        Some(date) => format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
        None => String::new(),
    }
}

pub(super) fn time(ticks: i64, scale: u8) -> String {
    let seconds = ticks / 10_000_000;
    let mut out = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if scale > 0 {
        let fraction = format!("{:07}", ticks % 10_000_000);
        out.push('.');
        out.push_str(&fraction[..usize::from(scale.min(7))]);
    }
    out
}

pub(super) fn datetime2(ticks: i64, scale: u8) -> String {
    let days = ticks.div_euclid(TICKS_PER_DAY) as i32;
    format!(
        "{} {}",
        date(days),
        time(ticks.rem_euclid(TICKS_PER_DAY), scale)
    )
}

pub(super) fn datetimeoffset(value: DateTimeOffset, scale: u8) -> String {
    let local = value.ticks + i64::from(value.offset_minutes) * TICKS_PER_MINUTE;
    let sign = if value.offset_minutes < 0 { '-' } else { '+' };
    let offset = value.offset_minutes.abs();
    format!(
        "{} {sign}{:02}:{:02}",
        datetime2(local, scale),
        offset / 60,
        offset % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_print_as_their_types_convert_to_text() {
        assert_eq!(date(0), "0001-01-01");
        assert_eq!(time(0, 0), "00:00:00");
        assert_eq!(time(TICKS_PER_DAY - 1, 3), "23:59:59.999");
        let value = DateTimeOffset {
            ticks: 0,
            offset_minutes: 90,
        };
        assert_eq!(
            datetimeoffset(value, 7),
            "0001-01-01 01:30:00.0000000 +01:30"
        );
    }
}
