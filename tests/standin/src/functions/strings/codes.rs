//! Characters and their codes, and STR: text made of numbers.

use crate::error::Result;
use crate::functions::Call;
use crate::types::{SqlType, Value, codepage, convert, format};

pub(super) fn str_(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let value = c.float(0)?;
    let width = if c.args.len() > 1 { c.int(1)? } else { 10 };
    let decimals = if c.args.len() > 2 { c.int(2)? } else { 0 };
    let (Ok(width), Ok(decimals)) = (usize::try_from(width), usize::try_from(decimals)) else {
        return Ok(Value::Null);
    };
    let decimals = decimals.min(16);
    let mut text = rounded_text(value, decimals);
    if text.len() > width {
        // The fraction gives way before the number becomes asterisks.
        let whole = rounded_text(value, 0).len();
        text = if whole > width {
            "*".repeat(width)
        } else {
            rounded_text(value, width.saturating_sub(whole + 1).min(decimals))
        };
    }
    Ok(Value::varchar(format!("{text:>width$}")))
}

/// Half away from zero, at 17 significant digits of the double.
pub(super) fn rounded_text(value: f64, decimals: usize) -> String {
    let exact = convert::cast(
        &Value::Float(value),
        &SqlType::FLOAT,
        &SqlType::numeric(38, u8::try_from(decimals).unwrap_or(0)),
        None,
        true,
    );
    match exact {
        Ok(Value::Decimal(d)) => format::decimal(&d),
        _ => format!("{value:.decimals$}"),
    }
}

pub(super) fn char_(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match u8::try_from(c.integer(0)?) {
        Ok(b) => Value::varchar(codepage::decode_byte(b).to_string()),
        Err(_) => Value::Null,
    })
}

pub(super) fn nchar(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match u16::try_from(c.integer(0)?) {
        Ok(unit) => Value::nvarchar(String::from_utf16_lossy(&[unit])),
        Err(_) => Value::Null,
    })
}

pub(super) fn ascii(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match c.text(0)?.chars().next() {
        Some(ch) => Value::Int(i32::from(codepage::encode_char(ch).unwrap_or(b'?'))),
        None => Value::Null,
    })
}

pub(super) fn unicode(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match c.text(0)?.encode_utf16().next() {
        Some(unit) => Value::Int(i32::from(unit)),
        None => Value::Null,
    })
}
