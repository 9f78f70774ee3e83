//! Conversions into character types.

use std::sync::Arc;

use super::super::codepage;
use super::super::errors;
use super::super::value::{SqlType, TypeName, Value};
use super::super::{format, format_date, vector};
use crate::error::{Result, SqlError};

/// Length of a text in the target's unit: UTF-16 units or bytes of the code page.
pub fn length_in(text: &str, to: &SqlType) -> usize {
    if to.name.is_unicode() {
        codepage::utf16_length(text)
    } else {
        codepage::byte_length(text)
    }
}

/// The longest prefix that fits the target.
pub fn truncate<'a>(text: &'a str, to: &SqlType) -> &'a str {
    if to.name.is_legacy_lob() {
        return text;
    }
    let Ok(limit) = usize::try_from(to.length) else {
        return text;
    };
    if text.len() <= limit {
        return text;
    }
    // A character outside the code page becomes as many '?' as it has UTF-16 units, so both counts agree.
    codepage::truncate_utf16(text, limit)
}

/// Makes the value of a text that fits: code page for varchar, blanks up to a fixed length.
fn store(text: &str, to: &SqlType) -> Value {
    let unicode = to.name.is_unicode();
    let mut owned = if unicode || text.is_ascii() {
        text.to_owned()
    } else {
        codepage::to_code_page(text)
    };
    if matches!(to.name, TypeName::Char | TypeName::NChar) {
        let have = length_in(&owned, to);
        let want = usize::try_from(to.length).unwrap_or(0);
        owned.extend(std::iter::repeat_n(' ', want.saturating_sub(have)));
    }
    let shared: Arc<str> = owned.into();
    if unicode {
        Value::NVarChar(shared)
    } else {
        Value::VarChar(shared)
    }
}

fn fits(text: &str, to: &SqlType) -> bool {
    match usize::try_from(to.length) {
        Ok(limit) if to.length > 0 => text.len() <= limit || length_in(text, to) <= limit,
        _ => true,
    }
}

pub fn to_text(value: &Value, from: &SqlType, to: &SqlType, style: Option<i32>) -> Result<Value> {
    if let (Value::NVarChar(s), TypeName::NVarChar) | (Value::VarChar(s), TypeName::VarChar) =
        (value, to.name)
        && fits(s, to)
    {
        return Ok(value.clone());
    }
    let number_style = style.unwrap_or(0);
    let text = match value {
        Value::VarChar(s) | Value::NVarChar(s) => return Ok(store(truncate(s, to), to)),
        Value::Binary(b) => return binary_to_text(b, from, to, number_style),
        Value::Bit(b) => String::from(if *b { "1" } else { "0" }),
        Value::Decimal(d) => format::decimal(d),
        Value::Money(v) => format::money(*v, number_style, to)?,
        Value::SmallMoney(v) => format::money(i64::from(*v), number_style, to)?,
        Value::Float(v) => format::float(*v, number_style, to)?,
        Value::Real(v) => format::real(*v, number_style, to)?,
        Value::UniqueIdentifier(b) => format::uniqueidentifier(b),
        Value::Vector(v) => vector::to_text(v),
        Value::Json(s) => s.to_string(),
        Value::Spatial(b) => super::super::geometry::Shape::decode(b)?.to_text(),
        Value::Xml(_) => return Err(SqlError::not_implemented("conversions of xml")),
        Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(..)
        | Value::SmallDateTime(..)
        | Value::DateTime2(_)
        | Value::DateTimeOffset(_) => {
            let style = style.unwrap_or_else(|| format_date::default_style(from.name));
            let text = format_date::date_text(value, from, style, to)?;
            return Ok(store(truncate(&text, to), to));
        }
        Value::Null | Value::Variant(_) => return Ok(Value::Null),
        integer => integer.as_integer().unwrap_or(0).to_string(),
    };
    if fits(&text, to) {
        return Ok(store(&text, to));
    }
    Err(match value {
        Value::TinyInt(_) | Value::SmallInt(_) | Value::Int(_) if !to.name.is_unicode() => {
            return Ok(store("*", to));
        }
        Value::Decimal(_) => errors::overflow_from("numeric", to, 5),
        Value::Money(_) | Value::SmallMoney(_) => SqlError::new(
            234,
            format!(
                "There is insufficient result space to convert a money value to {}.",
                to.base_name()
            ),
        )
        .state(2),
        Value::Float(v) => errors::float_too_large(to, *v).state(2),
        Value::Real(v) => errors::float_too_large(to, f64::from(*v)).state(2),
        Value::UniqueIdentifier(_) if !to.name.is_unicode() => SqlError::new(
            8170,
            "Insufficient result space to convert uniqueidentifier value to char.",
        )
        .state(2),
        Value::Vector(_) => SqlError::new(
            42211,
            "Truncation of vector is not allowed during the conversion. Ensure the vector size is appropriate before conversion.",
        ),
        Value::Json(_) => SqlError::new(
            13639,
            "Truncation of JSON data is not allowed during the conversion. Ensure the target size is appropriate before conversion.",
        ),
        Value::Spatial(_) => return Ok(store(truncate(&text, to), to)),
        _ => errors::overflow(to),
    })
}

fn binary_to_text(bytes: &[u8], from: &SqlType, to: &SqlType, style: i32) -> Result<Value> {
    let text = match style {
        0 if to.name.is_unicode() => codepage::from_utf16_bytes(bytes),
        0 => codepage::decode(bytes),
        1 | 2 => {
            // Too narrow a target keeps whole bytes: the text is cut at an even number of digits.
            let prefix = if style == 1 { "0x" } else { "" };
            let room = usize::try_from(to.length)
                .map_or(usize::MAX, |l| l.saturating_sub(prefix.len()) / 2);
            format!("{prefix}{}", format::hex(&bytes[..bytes.len().min(room)]))
        }
        _ => return Err(format::invalid_style(style, from.base_name(), to)),
    };
    Ok(store(truncate(&text, to), to))
}
