//! Conversions into binary, varbinary and rowversion.

use super::super::calendar::{DAY, DAYS_TO_1900};
use super::super::codepage;
use super::super::errors;
use super::super::format;
use super::super::value::{SqlType, TypeName, Value};
use crate::error::{Result, SqlError};

/// Which end gives way when the target is narrower: text and binaries on the right, numbers on the left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

fn fit(mut bytes: Vec<u8>, align: Align, to: &SqlType) -> Value {
    let (fixed, limit) = match to.name {
        TypeName::RowVersion => (true, 8),
        TypeName::Image => (false, usize::MAX),
        name => (
            name == TypeName::Binary,
            usize::try_from(to.length).unwrap_or(usize::MAX),
        ),
    };
    if bytes.len() > limit {
        match align {
            Align::Left => bytes.truncate(limit),
            Align::Right => drop(bytes.drain(..bytes.len() - limit)),
        }
    } else if fixed && bytes.len() < limit {
        match align {
            Align::Left => bytes.resize(limit, 0),
            Align::Right => {
                let mut padded = vec![0; limit - bytes.len()];
                padded.extend_from_slice(&bytes);
                bytes = padded;
            }
        }
    }
    Value::Binary(bytes.into())
}

pub fn to_binary(value: &Value, from: &SqlType, to: &SqlType, style: Option<i32>) -> Result<Value> {
    let (bytes, align) = match value {
        Value::Binary(b) => {
            let limit = usize::try_from(to.length).unwrap_or(usize::MAX);
            if to.name == TypeName::VarBinary && b.len() <= limit {
                return Ok(value.clone());
            }
            (b.to_vec(), Align::Left)
        }
        Value::VarChar(s) => (text_bytes(s, false, from, to, style)?, Align::Left),
        Value::NVarChar(s) => (text_bytes(s, true, from, to, style)?, Align::Left),
        Value::Bit(b) => (vec![u8::from(*b)], Align::Right),
        Value::TinyInt(v) => (vec![*v], Align::Right),
        Value::SmallInt(v) => (v.to_be_bytes().to_vec(), Align::Right),
        Value::Int(v) => (v.to_be_bytes().to_vec(), Align::Right),
        Value::BigInt(v) => (v.to_be_bytes().to_vec(), Align::Right),
        Value::Real(v) => (v.to_be_bytes().to_vec(), Align::Right),
        Value::Float(v) => (v.to_be_bytes().to_vec(), Align::Right),
        Value::Money(v) => (v.to_be_bytes().to_vec(), Align::Right),
        Value::SmallMoney(v) => (v.to_be_bytes().to_vec(), Align::Right),
        Value::Decimal(d) => {
            let width =
                usize::try_from(super::super::names::decimal_bytes(d.precision)).unwrap_or(17) - 1;
            let mut bytes = vec![d.precision, d.scale, 0, u8::from(d.mantissa >= 0)];
            bytes.extend_from_slice(&d.mantissa.unsigned_abs().to_le_bytes()[..width]);
            (bytes, Align::Left)
        }
        Value::UniqueIdentifier(b) => (b.to_vec(), Align::Left),
        Value::DateTime(days, units) => {
            let mut bytes = days.to_be_bytes().to_vec();
            bytes.extend_from_slice(&units.to_be_bytes());
            (bytes, Align::Right)
        }
        Value::SmallDateTime(days, minutes) => {
            let mut bytes = days.to_be_bytes().to_vec();
            bytes.extend_from_slice(&minutes.to_be_bytes());
            (bytes, Align::Right)
        }
        Value::Date(days) => (days.to_le_bytes()[..3].to_vec(), Align::Left),
        Value::Time(ticks) => (time_bytes(*ticks, from.scale), Align::Left),
        Value::DateTime2(ticks) => (moment_bytes(*ticks, from.scale), Align::Left),
        Value::DateTimeOffset(d) => {
            let mut bytes = moment_bytes(d.ticks, from.scale);
            bytes.extend_from_slice(&d.offset_minutes.to_le_bytes());
            (bytes, Align::Left)
        }
        Value::Spatial(b) => (b.to_vec(), Align::Left),
        Value::Xml(_) => return Err(SqlError::not_implemented("conversions of xml")),
        _ => return Err(errors::explicit_not_allowed(from, to)),
    };
    Ok(fit(bytes, align, to))
}

fn text_bytes(
    text: &str,
    unicode: bool,
    from: &SqlType,
    to: &SqlType,
    style: Option<i32>,
) -> Result<Vec<u8>> {
    match style.unwrap_or(0) {
        0 if unicode => Ok(codepage::utf16_bytes(text)),
        0 => Ok(codepage::encode(text)),
        1 => text
            .strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .and_then(format::from_hex)
            .ok_or_else(|| errors::error_converting(from, to)),
        2 => format::from_hex(text).ok_or_else(|| errors::error_converting(from, to)),
        style => Err(SqlError::new(
            281,
            format!(
                "{style} is not a valid style number when converting from {} to {}.",
                from.base_name(),
                to.base_name()
            ),
        )),
    }
}

fn time_bytes(ticks: i64, scale: u8) -> Vec<u8> {
    let units = ticks / 10i64.pow(u32::from(7 - scale.min(7)));
    let width = match scale {
        0..=2 => 3,
        3..=4 => 4,
        _ => 5,
    };
    let mut bytes = vec![scale];
    bytes.extend_from_slice(&units.to_le_bytes()[..width]);
    bytes
}

fn moment_bytes(ticks: i64, scale: u8) -> Vec<u8> {
    let mut bytes = time_bytes(ticks.rem_euclid(DAY), scale);
    bytes.extend_from_slice(&ticks.div_euclid(DAY).to_le_bytes()[..3]);
    bytes
}

/// Reads the layouts that `to_binary` writes for dates; `None` when the bytes are none.
pub fn date_from_binary(bytes: &[u8], to: &SqlType) -> Option<Value> {
    let little = |b: &[u8]| b.iter().rev().fold(0i64, |n, x| (n << 8) | i64::from(*x));
    let big = |b: &[u8]| b.iter().fold(0i64, |n, x| (n << 8) | i64::from(*x));
    match to.name {
        TypeName::Date => (bytes.len() == 3)
            .then(|| i32::try_from(little(bytes)).ok().map(Value::Date))
            .flatten(),
        TypeName::DateTime => {
            let mut padded = [0u8; 8];
            let keep = bytes.len().min(8);
            padded[8 - keep..].copy_from_slice(&bytes[bytes.len() - keep..]);
            let days = i32::from_be_bytes([padded[0], padded[1], padded[2], padded[3]]);
            let units = i32::try_from(big(&padded[4..])).ok()?;
            Some(Value::DateTime(days, units))
        }
        TypeName::SmallDateTime => {
            let mut padded = [0u8; 4];
            let keep = bytes.len().min(4);
            padded[4 - keep..].copy_from_slice(&bytes[bytes.len() - keep..]);
            Some(Value::SmallDateTime(
                u16::from_be_bytes([padded[0], padded[1]]),
                u16::from_be_bytes([padded[2], padded[3]]),
            ))
        }
        TypeName::DateTime2 => {
            let (scale, rest) = bytes.split_first()?;
            if *scale > 7 || rest.len() < 6 {
                return None;
            }
            let (time, date) = rest.split_at(rest.len() - 3);
            let ticks = little(time) * 10i64.pow(u32::from(7 - scale));
            Some(Value::DateTime2(little(date) * DAY + ticks))
        }
        _ => None,
    }
}

/// Days since 0001-01-01 of a legacy day number.
pub fn modern_days(legacy: i32) -> i32 {
    legacy + DAYS_TO_1900
}
