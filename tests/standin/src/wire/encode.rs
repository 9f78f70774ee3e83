//! Values in rows and return values, exactly as their column's TYPE_INFO announced them.

use bytes::{BufMut, BytesMut};

use super::charset::{self, encode_1252, encode_utf16};
use super::column::{SentType, decimal_size};
use super::decode::{time_bytes, type_text};
use super::text;
use crate::error::{Result, SqlError};
use crate::types::{DateTimeOffset, Decimal, SqlType, TypeName, Value};

const TICKS_PER_DAY: i64 = 864_000_000_000;

/// The engine promised another type than it delivers: never papered over, the connection ends with it.
fn mismatch(t: &SentType, value: &Value) -> SqlError {
    let got = match value {
        Value::Null => "NULL".to_owned(),
        other => {
            let printed: String = format!("{other:?}").chars().take(60).collect();
            printed
        }
    };
    SqlError::not_implemented(format!(
        "a value {got} in a {}{} column",
        if t.nullable { "" } else { "not null " },
        type_text(t.source.name)
    ))
    .class(20)
}

pub(super) fn put_value(out: &mut BytesMut, t: &SentType, value: &Value) -> Result<()> {
    if value.is_null() {
        return put_null(out, t, value);
    }
    if t.sent.name == TypeName::SqlVariant {
        return put_variant(out, t, value);
    }
    if let Some(text) = characters(t, value) {
        return put_characters(out, t, &text, value);
    }
    match value {
        Value::Binary(bytes) | Value::Spatial(bytes) => return put_binary(out, t, bytes, value),
        _ => {}
    }
    let mut bytes = BytesMut::with_capacity(24);
    if !put_scalar(&mut bytes, &t.sent, value) {
        return Err(mismatch(t, value));
    }
    if t.nullable || !has_fixed_form(t.sent.name) {
        out.put_u8(bytes.len() as u8);
    }
    out.put_slice(&bytes);
    Ok(())
}

fn has_fixed_form(name: TypeName) -> bool {
    use TypeName as T;
    matches!(
        name,
        T::Bit
            | T::TinyInt
            | T::SmallInt
            | T::Int
            | T::BigInt
            | T::Real
            | T::Float
            | T::Money
            | T::SmallMoney
            | T::DateTime
            | T::SmallDateTime
    )
}

fn put_null(out: &mut BytesMut, t: &SentType, value: &Value) -> Result<()> {
    if !t.nullable {
        return Err(mismatch(t, value));
    }
    match t.null_size() {
        2 => out.put_u16_le(u16::MAX),
        4 => out.put_u32_le(0),
        8 => out.put_u64_le(u64::MAX),
        _ => out.put_u8(0),
    }
    Ok(())
}

/// The text of a value that travels as characters.
fn characters(t: &SentType, value: &Value) -> Option<String> {
    use TypeName as T;
    let scale = t.source.scale;
    Some(match (t.source.name, value) {
        (T::Char | T::VarChar | T::Text, Value::VarChar(text))
        | (T::NChar | T::NVarChar | T::NText, Value::NVarChar(text))
        | (T::Xml, Value::Xml(text))
        | (T::Json, Value::Json(text)) => text.to_string(),
        (T::Vector, Value::Vector(elements)) => crate::types::vector::to_text(elements),
        // Date types that the client knows are no characters.
        (name, _) if name == t.sent.name => return None,
        (T::Date, Value::Date(days)) => text::date(*days),
        (T::Time, Value::Time(ticks)) => text::time(*ticks, scale),
        (T::DateTime2, Value::DateTime2(ticks)) => text::datetime2(*ticks, scale),
        (T::DateTimeOffset, Value::DateTimeOffset(v)) => text::datetimeoffset(**v, scale),
        _ => return None,
    })
}

fn put_characters(out: &mut BytesMut, t: &SentType, text: &str, value: &Value) -> Result<()> {
    use TypeName as T;
    let bytes = match t.sent.name {
        T::Char | T::VarChar | T::Text if t.utf8 => text.as_bytes().to_vec(),
        T::Char | T::VarChar | T::Text => encode_1252(text),
        _ => encode_utf16(text),
    };
    put_sized(out, t, &bytes, value)
}

fn put_binary(out: &mut BytesMut, t: &SentType, bytes: &[u8], value: &Value) -> Result<()> {
    use TypeName as T;
    let fits = matches!(
        (t.source.name, value),
        (
            T::Binary | T::VarBinary | T::Image | T::RowVersion,
            Value::Binary(_)
        ) | (T::Geometry | T::Geography, Value::Spatial(_))
    );
    if !fits {
        return Err(mismatch(t, value));
    }
    put_sized(out, t, bytes, value)
}

/// Bytes with the kind of length that their type has.
fn put_sized(out: &mut BytesMut, t: &SentType, bytes: &[u8], value: &Value) -> Result<()> {
    if t.is_legacy_lob() {
        // A text pointer and a timestamp that nobody reads, as SQL Server words them.
        out.put_u8(16);
        out.put_slice(b"dummy textptr\0\0\0");
        out.put_slice(b"dummyTS\0");
        out.put_u32_le(bytes.len() as u32);
        out.put_slice(bytes);
    } else if t.null_size() == 8 {
        out.put_u64_le(bytes.len() as u64);
        for chunk in bytes.chunks(0x4000_0000) {
            out.put_u32_le(chunk.len() as u32);
            out.put_slice(chunk);
        }
        out.put_u32_le(0);
    } else {
        if bytes.len() > usize::from(t.declared_bytes()) {
            return Err(mismatch(t, value));
        }
        out.put_u16_le(bytes.len() as u16);
        out.put_slice(bytes);
    }
    Ok(())
}

/// The bytes of a value without any length; false where value and type do not belong together.
fn put_scalar(out: &mut BytesMut, t: &SqlType, value: &Value) -> bool {
    use TypeName as T;
    match (t.name, value) {
        (T::Bit, Value::Bit(v)) => out.put_u8(u8::from(*v)),
        (T::TinyInt, Value::TinyInt(v)) => out.put_u8(*v),
        (T::SmallInt, Value::SmallInt(v)) => out.put_i16_le(*v),
        (T::Int, Value::Int(v)) => out.put_i32_le(*v),
        (T::BigInt, Value::BigInt(v)) => out.put_i64_le(*v),
        (T::Real, Value::Real(v)) => out.put_f32_le(*v),
        (T::Float, Value::Float(v)) => out.put_f64_le(*v),
        (T::Money, Value::Money(v)) => {
            out.put_i32_le((v >> 32) as i32);
            out.put_u32_le(*v as u32);
        }
        (T::SmallMoney, Value::SmallMoney(v)) => out.put_i32_le(*v),
        (T::DateTime, Value::DateTime(days, ticks)) => {
            out.put_i32_le(*days);
            out.put_i32_le(*ticks);
        }
        (T::SmallDateTime, Value::SmallDateTime(days, minutes)) => {
            out.put_u16_le(*days);
            out.put_u16_le(*minutes);
        }
        (T::Decimal | T::Numeric, Value::Decimal(v)) => return put_decimal(out, t, v),
        (T::UniqueIdentifier, Value::UniqueIdentifier(v)) => out.put_slice(&v[..]),
        (T::Date, Value::Date(days)) => put_date(out, *days),
        (T::Time, Value::Time(ticks)) => put_time(out, *ticks, t.scale),
        (T::DateTime2, Value::DateTime2(ticks)) => put_ticks(out, *ticks, t.scale),
        (T::DateTimeOffset, Value::DateTimeOffset(v)) => put_offset(out, v, t.scale),
        _ => return false,
    }
    true
}

fn put_decimal(out: &mut BytesMut, t: &SqlType, value: &Decimal) -> bool {
    // A value of fewer fractional digits than its column is shifted; more digits would mean rounding, which is not
    // for the wire to do.
    let Some(shift) = t.scale.checked_sub(value.scale) else {
        return false;
    };
    let scaled = 10i128
        .checked_pow(u32::from(shift))
        .and_then(|factor| value.mantissa.checked_mul(factor));
    let Some(scaled) = scaled else {
        return false;
    };
    let magnitude = scaled.unsigned_abs();
    if magnitude >= 10u128.pow(u32::from(t.precision.min(38))) {
        return false;
    }
    out.put_u8(u8::from(scaled >= 0));
    let size = usize::from(decimal_size(t.precision)) - 1;
    out.put_slice(&magnitude.to_le_bytes()[..size]);
    true
}

fn put_date(out: &mut BytesMut, days: i32) {
    out.put_slice(&days.to_le_bytes()[..3]);
}

fn put_time(out: &mut BytesMut, ticks: i64, scale: u8) {
    let scaled = ticks / 10i64.pow(7 - u32::from(scale.min(7)));
    out.put_slice(&scaled.to_le_bytes()[..time_bytes(scale)]);
}

fn put_ticks(out: &mut BytesMut, ticks: i64, scale: u8) {
    put_time(out, ticks.rem_euclid(TICKS_PER_DAY), scale);
    put_date(out, ticks.div_euclid(TICKS_PER_DAY) as i32);
}

fn put_offset(out: &mut BytesMut, value: &DateTimeOffset, scale: u8) {
    put_ticks(out, value.ticks, scale);
    out.put_i16_le(value.offset_minutes);
}

/// Total length, base type, count of property bytes, properties, bytes.
fn put_variant(out: &mut BytesMut, t: &SentType, value: &Value) -> Result<()> {
    let Value::Variant(inner) = value else {
        return Err(mismatch(t, value));
    };
    let (inner_type, inner_value) = (&inner.0, &inner.1);
    let mut body = BytesMut::new();
    if !put_variant_body(&mut body, inner_type, inner_value) {
        return Err(mismatch(t, value));
    }
    out.put_u32_le(body.len() as u32);
    out.put_slice(&body);
    Ok(())
}

fn put_variant_body(out: &mut BytesMut, t: &SqlType, value: &Value) -> bool {
    use TypeName as T;
    let base = match t.name {
        T::Bit => 0x32,
        T::TinyInt => 0x30,
        T::SmallInt => 0x34,
        T::Int => 0x38,
        T::BigInt => 0x7F,
        T::Real => 0x3B,
        T::Float => 0x3E,
        T::Money => 0x3C,
        T::SmallMoney => 0x7A,
        T::DateTime => 0x3D,
        T::SmallDateTime => 0x3A,
        T::UniqueIdentifier => 0x24,
        T::Date => 0x28,
        T::Time => 0x29,
        T::DateTime2 => 0x2A,
        T::DateTimeOffset => 0x2B,
        T::Decimal => 0x6A,
        T::Numeric => 0x6C,
        T::Binary => 0xAD,
        T::VarBinary => 0xA5,
        T::Char => 0xAF,
        T::VarChar => 0xA7,
        T::NChar => 0xEF,
        T::NVarChar => 0xE7,
        _ => return false,
    };
    out.put_u8(base);
    match t.name {
        T::Time | T::DateTime2 | T::DateTimeOffset => out.put_slice(&[1, t.scale]),
        T::Decimal | T::Numeric => out.put_slice(&[2, t.precision, t.scale]),
        T::Binary | T::VarBinary => {
            let Value::Binary(bytes) = value else {
                return false;
            };
            out.put_u8(2);
            out.put_u16_le(bytes.len().max(1) as u16);
            out.put_slice(bytes);
            return true;
        }
        T::Char | T::VarChar | T::NChar | T::NVarChar => {
            let bytes = match (t.name, value) {
                (T::Char | T::VarChar, Value::VarChar(text)) => encode_1252(text),
                (T::NChar | T::NVarChar, Value::NVarChar(text)) => encode_utf16(text),
                _ => return false,
            };
            out.put_u8(7);
            out.put_slice(if t.binary_collation {
                &charset::BINARY
            } else {
                &charset::DEFAULT
            });
            out.put_u16_le(bytes.len().max(1) as u16);
            out.put_slice(&bytes);
            return true;
        }
        _ => out.put_u8(0),
    }
    put_scalar(out, t, value)
}
