//! Dateparts: their keywords, and the types each fits (155, 9810).

use crate::error::{Result, SqlError};
use crate::functions::Call;
use crate::types::{SqlType, TypeName, Value};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
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
    pub(super) fn parse(word: &str) -> Option<Self> {
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

    pub(super) fn is_time(self) -> bool {
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

    pub(super) fn name(self) -> &'static str {
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
pub(super) fn bind_part(name: &str, literals: &[Option<Value>]) -> Result<Part> {
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

pub(super) fn run_part(c: &Call<'_>) -> Result<Part> {
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
pub(super) fn unsupported(part: Part, function: &str, t: &SqlType) -> SqlError {
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

pub(super) fn fits(part: Part, name: &str, t: &SqlType) -> Result<()> {
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
