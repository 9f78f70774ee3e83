//! Errors about keys, in SQL Server's words.

use crate::catalog::model::IndexDef;
use crate::error::SqlError;
use crate::types::Value;

/// 2627 for a constraint, 2601 for an index; class 14.
pub(crate) fn duplicate_key(object: &str, index: &IndexDef, values: &[Value]) -> SqlError {
    let key = key_text(values);
    match &index.constraint {
        Some(constraint) => SqlError::new(
            2627,
            format!(
                "Violation of {} constraint '{}'. Cannot insert duplicate key in object '{object}'. The duplicate key \
                 value is {key}.",
                if constraint.primary { "PRIMARY KEY" } else { "UNIQUE KEY" },
                constraint.name,
            ),
        ),
        None => SqlError::new(
            2601,
            format!(
                "Cannot insert duplicate key row in object '{object}' with unique index '{}'. The duplicate key value \
                 is {key}.",
                index.name,
            ),
        ),
    }
    .class(14)
}

/// 3604: a row was left out because of IGNORE_DUP_KEY. Class 0: the statement goes on and tells it once at its end.
pub(crate) fn duplicate_ignored() -> SqlError {
    SqlError::new(3604, "Duplicate key was ignored.").class(0)
}

/// 1505: an index cannot be built.
pub(crate) fn duplicate_at_build(object: &str, index: &IndexDef, values: &[Value]) -> SqlError {
    SqlError::new(
        1505,
        format!(
            "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name \
             '{object}' and the index name '{}'. The duplicate key value is {}.",
            index.name,
            key_text(values),
        ),
    )
}

/// 3960: SNAPSHOT isolation meets a row that another transaction changed after the snapshot.
pub(crate) fn snapshot_conflict(object: &str, database: &str) -> SqlError {
    SqlError::new(
        3960,
        format!(
            "Snapshot isolation transaction aborted due to update conflict. You cannot use snapshot isolation to \
             access table '{object}' directly or indirectly in database '{database}' to update, delete, or insert the \
             row that has been modified or deleted by another transaction. Retry the transaction or change the \
             isolation level for the update/delete statement."
        ),
    )
    .state(2)
    .kind(crate::error::ErrorKind::BatchAborting)
}

fn key_text(values: &[Value]) -> String {
    let texts: Vec<String> = values.iter().map(value_text).collect();
    format!("({})", texts.join(", "))
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "<NULL>".to_owned(),
        Value::Bit(v) => u8::from(*v).to_string(),
        Value::TinyInt(v) => v.to_string(),
        Value::SmallInt(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::BigInt(v) => v.to_string(),
        Value::Real(v) => v.to_string(),
        Value::Float(v) => v.to_string(),
        Value::Decimal(d) => decimal_text(d.mantissa, d.scale),
        Value::Money(v) => decimal_text(i128::from(*v / 100), 2),
        Value::SmallMoney(v) => decimal_text(i128::from(*v / 100), 2),
        Value::VarChar(v) | Value::NVarChar(v) | Value::Json(v) | Value::Xml(v) => v.to_string(),
        Value::Binary(v) | Value::Spatial(v) => hex(v),
        Value::Date(days) => date_text(*days),
        Value::Time(ticks) => time_text(*ticks),
        Value::DateTime2(ticks) => {
            let day = 864_000_000_000;
            let days = i32::try_from(ticks.div_euclid(day)).unwrap_or_default();
            format!("{} {}", date_text(days), time_text(ticks.rem_euclid(day)))
        }
        Value::UniqueIdentifier(v) => guid_text(v),
        Value::Variant(inner) => value_text(&inner.1),
        other => format!("{other:?}"),
    }
}

fn decimal_text(mantissa: i128, scale: u8) -> String {
    let digits = mantissa.unsigned_abs().to_string();
    let scale = usize::from(scale);
    let sign = if mantissa < 0 { "-" } else { "" };
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, rest) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{rest}")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold("0x".to_owned(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// Days since 0001-01-01 as yyyy-mm-dd.
fn date_text(days: i32) -> String {
    // Civil-from-days over 400-year eras that begin in March.
    let z = i64::from(days) + 306;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time_text(ticks: i64) -> String {
    let seconds = ticks / 10_000_000;
    format!(
        "{:02}:{:02}:{:02}.{:07}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        ticks % 10_000_000
    )
}

fn guid_text(v: &[u8; 16]) -> String {
    let part = |order: &[usize]| {
        order
            .iter()
            .map(|i| format!("{:02x}", v[*i]))
            .collect::<String>()
    };
    format!(
        "{}-{}-{}-{}-{}",
        part(&[3, 2, 1, 0]),
        part(&[5, 4]),
        part(&[7, 6]),
        part(&[8, 9]),
        part(&[10, 11, 12, 13, 14, 15])
    )
}
