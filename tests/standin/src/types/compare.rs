//! Comparing values of one common type, and keys of bytes in the same order.

use std::cmp::Ordering;

use super::calendar::DAY;
use super::codepage;
use super::collation;
use super::errors;
use super::value::{SqlType, TypeName, Value};
use super::wide::{U256, power_of_ten};
use crate::error::{Result, SqlError};

/// Compares two values that were both converted to `t`. `None` when either is NULL.
pub fn compare(a: &Value, b: &Value, t: &SqlType) -> Result<Option<Ordering>> {
    Ok(Some(match (a, b) {
        (Value::Null, _) | (_, Value::Null) => return Ok(None),
        (Value::Int(x), Value::Int(y)) => x.cmp(y),
        (Value::BigInt(x), Value::BigInt(y)) => x.cmp(y),
        (Value::Binary(x), Value::Binary(y)) => compare_bytes(x, y),
        (Value::Float(x), Value::Float(y)) => compare_floats(*x, *y),
        (Value::Real(x), Value::Real(y)) => compare_floats(f64::from(*x), f64::from(*y)),
        (Value::VarChar(x), Value::VarChar(y)) => compare_text(x, y, false, t.binary_collation),
        (Value::NVarChar(x), Value::NVarChar(y)) => compare_text(x, y, true, t.binary_collation),
        // Fixed- and variable-length text of both families meet as Unicode.
        (Value::VarChar(x) | Value::NVarChar(x), Value::VarChar(y) | Value::NVarChar(y)) => {
            compare_text(x, y, true, t.binary_collation)
        }
        (Value::Bit(x), Value::Bit(y)) => x.cmp(y),
        (Value::TinyInt(x), Value::TinyInt(y)) => x.cmp(y),
        (Value::SmallInt(x), Value::SmallInt(y)) => x.cmp(y),
        (Value::Decimal(x), Value::Decimal(y)) => {
            if x.scale == y.scale {
                x.mantissa.cmp(&y.mantissa)
            } else {
                compare_scaled(x.mantissa, x.scale, y.mantissa, y.scale)
            }
        }
        (Value::Money(x), Value::Money(y)) => x.cmp(y),
        (Value::SmallMoney(x), Value::SmallMoney(y)) => x.cmp(y),
        (Value::Date(x), Value::Date(y)) => x.cmp(y),
        (Value::Time(x), Value::Time(y)) | (Value::DateTime2(x), Value::DateTime2(y)) => x.cmp(y),
        (Value::DateTime(x, p), Value::DateTime(y, q)) => (x, p).cmp(&(y, q)),
        (Value::SmallDateTime(x, p), Value::SmallDateTime(y, q)) => (x, p).cmp(&(y, q)),
        (Value::DateTimeOffset(x), Value::DateTimeOffset(y)) => x.ticks.cmp(&y.ticks),
        (Value::UniqueIdentifier(x), Value::UniqueIdentifier(y)) => {
            guid_order(x).cmp(&guid_order(y))
        }
        (Value::Variant(_), Value::Variant(_)) => {
            return Err(SqlError::not_implemented(
                "comparison of sql_variant values",
            ));
        }
        (Value::Vector(_), _) | (_, Value::Vector(_)) => return Err(vector_refused()),
        _ => match (a.as_integer(), b.as_integer()) {
            (Some(x), Some(y)) => x.cmp(&y),
            _ => return Err(errors::clash(&a.type_of(), &b.type_of())),
        },
    }))
}

/// 42213: a vector in a sorting or grouping slot.
pub fn vector_refused() -> SqlError {
    SqlError::new(
        42213,
        "The vector data types cannot be compared or sorted, except when using the IS NULL operator.",
    )
    .compile()
}

/// Trailing zero bytes do not count: 0x01 equals 0x0100.
fn compare_bytes(a: &[u8], b: &[u8]) -> Ordering {
    if a.len() == b.len() {
        return a.cmp(b);
    }
    trim_zeros(a).cmp(trim_zeros(b))
}

fn trim_zeros(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |i| i + 1);
    &bytes[..end]
}

/// Negative and positive zero are equal.
fn compare_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

fn compare_text(a: &str, b: &str, unicode: bool, binary: bool) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if !binary {
        return collation::compare(a, b, unicode);
    }
    let (a, b) = (a.trim_end_matches(' '), b.trim_end_matches(' '));
    if unicode || (a.is_ascii() && b.is_ascii()) {
        a.cmp(b)
    } else {
        codepage::encode(a).cmp(&codepage::encode(b))
    }
}

fn compare_scaled(x: i128, sx: u8, y: i128, sy: u8) -> Ordering {
    if (x < 0) != (y < 0) || x == 0 || y == 0 {
        return x.signum().cmp(&y.signum());
    }
    let s = sx.max(sy);
    let wx = U256::product(x.unsigned_abs(), power_of_ten(u32::from(s - sx)));
    let wy = U256::product(y.unsigned_abs(), power_of_ten(u32::from(s - sy)));
    if x < 0 { wy.cmp(&wx) } else { wx.cmp(&wy) }
}

/// The order in which SQL Server weighs the bytes of a uniqueidentifier: the last group first.
fn guid_order(b: &[u8; 16]) -> [u8; 16] {
    [
        b[10], b[11], b[12], b[13], b[14], b[15], b[8], b[9], b[6], b[7], b[4], b[5], b[0], b[1],
        b[2], b[3],
    ]
}

/// Appends bytes whose order is the order of values of type `t`; NULL first. Keys of several columns may follow each
/// other. Equal values have equal keys (case, trailing blanks, negative zero, trailing zero bytes).
pub fn sort_key(value: &Value, t: &SqlType, out: &mut Vec<u8>) {
    out.push(u8::from(!value.is_null()));
    match value {
        Value::Null => {}
        Value::Bit(v) => out.push(u8::from(*v)),
        Value::TinyInt(v) => out.push(*v),
        Value::SmallInt(v) => out.extend_from_slice(&(v.cast_unsigned() ^ 0x8000).to_be_bytes()),
        Value::Int(v) => out.extend_from_slice(&(v.cast_unsigned() ^ 0x8000_0000).to_be_bytes()),
        Value::BigInt(v) | Value::Money(v) | Value::Time(v) | Value::DateTime2(v) => {
            push_i64(*v, out)
        }
        Value::SmallMoney(v) | Value::Date(v) => {
            out.extend_from_slice(&(v.cast_unsigned() ^ 0x8000_0000).to_be_bytes());
        }
        Value::Real(v) => push_float(f64::from(*v), out),
        Value::Float(v) => push_float(*v, out),
        Value::Decimal(d) => push_decimal(d.mantissa, d.scale, out),
        Value::DateTime(days, units) => {
            out.extend_from_slice(&(days.cast_unsigned() ^ 0x8000_0000).to_be_bytes());
            out.extend_from_slice(&units.to_be_bytes());
        }
        Value::SmallDateTime(days, minutes) => {
            out.extend_from_slice(&days.to_be_bytes());
            out.extend_from_slice(&minutes.to_be_bytes());
        }
        Value::DateTimeOffset(d) => push_i64(d.ticks, out),
        Value::UniqueIdentifier(b) => out.extend_from_slice(&guid_order(b)),
        Value::VarChar(s) if t.binary_collation => {
            push_bytes(&codepage::encode(s.trim_end_matches(' ')), out)
        }
        Value::NVarChar(s) if t.binary_collation => {
            push_bytes(s.trim_end_matches(' ').as_bytes(), out)
        }
        Value::VarChar(s) => collation::sort_key(s, t.name.is_unicode(), out),
        Value::NVarChar(s) => collation::sort_key(s, true, out),
        Value::Binary(b) => {
            if t.name == TypeName::Binary || t.name == TypeName::RowVersion {
                // Fixed length: the bytes as they are.
                out.extend_from_slice(b);
            } else {
                push_bytes(trim_zeros(b), out);
            }
        }
        Value::Json(s) | Value::Xml(s) => push_bytes(s.as_bytes(), out),
        Value::Spatial(b) => push_bytes(b, out),
        Value::Vector(v) => {
            for x in v.iter() {
                out.extend_from_slice(&x.to_bits().to_be_bytes());
            }
        }
        Value::Variant(inner) => {
            out.push(super::precedence::rank(inner.0.name));
            sort_key(&inner.1, &inner.0, out);
        }
    }
}

/// The key of one value: equal values, equal keys.
pub fn hash_key(value: &Value, t: &SqlType) -> Vec<u8> {
    let mut key = Vec::with_capacity(16);
    sort_key(value, t, &mut key);
    key
}

fn push_i64(v: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(&(v.cast_unsigned() ^ (1 << 63)).to_be_bytes());
}

fn push_float(v: f64, out: &mut Vec<u8>) {
    let bits = if v == 0.0 { 0 } else { v.to_bits() };
    let ordered = if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    };
    out.extend_from_slice(&ordered.to_be_bytes());
}

/// Scale-independent: 1.0 and 1.00 have one key. Two 38-digit halves around the point.
fn push_decimal(mantissa: i128, scale: u8, out: &mut Vec<u8>) {
    let by = i128::try_from(power_of_ten(u32::from(scale))).unwrap_or(1);
    let (whole, fraction) = (mantissa.div_euclid(by), mantissa.rem_euclid(by));
    out.extend_from_slice(&(whole.cast_unsigned() ^ (1 << 127)).to_be_bytes());
    if fraction == 0 {
        out.push(0);
        return;
    }
    let digits = format!("{fraction:0>width$}", width = usize::from(scale));
    out.extend_from_slice(digits.trim_end_matches('0').as_bytes());
    out.push(0);
}

/// Variable length: 0 becomes 0 0xFF, the end 0 0.
fn push_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    for b in bytes {
        out.push(*b);
        if *b == 0 {
            out.push(0xFF);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

/// Whole days of an instant in ticks, for callers that bucket by date.
pub fn day_of(ticks: i64) -> i64 {
    ticks.div_euclid(DAY)
}
