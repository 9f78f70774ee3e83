//! Values as clients send them, checked as SQL Server checks them before it believes them.

use std::sync::Arc;

use super::charset::{CodePage, decode_1252, decode_utf16};
use super::input::{Input, Refill, stream_incorrect};
use super::type_info::{Layout, WireType};
use crate::error::{Result, SqlError};
use crate::types::{DateTimeOffset, Decimal, SqlType, TypeName, Value};

const TICKS_PER_DAY: i64 = 864_000_000_000;
/// 9999-12-31.
const LAST_DAY: i32 = 3_652_058;

/// Why a value was not accepted. Parameter and column are known only to the caller, who words the message.
#[derive(Debug)]
pub(super) enum Refused {
    /// The bytes are no value of the type (NaN, hour 25, 40 digits ...).
    Invalid(TypeName),
    /// Longer than its type declares, or of a length that its type cannot have.
    Length,
    Other(SqlError),
}

impl From<SqlError> for Refused {
    fn from(error: SqlError) -> Self {
        Self::Other(error)
    }
}

/// Where values stand: text, ntext and image have a text pointer in rows only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    Parameter,
    Row,
}

pub(super) fn read_value<R: Refill>(
    input: &mut Input<R>,
    wire: &WireType,
    position: Position,
) -> std::result::Result<Value, Refused> {
    if wire.layout == Layout::Chunked {
        return match chunks(input)? {
            None => Ok(Value::Null),
            Some(bytes) => from_bytes(wire, &bytes),
        };
    }
    let Some(length) = length(input, wire, position)? else {
        return Ok(Value::Null);
    };
    let bytes = input.slice(length)?;
    if length > wire.max_bytes {
        return Err(Refused::Length);
    }
    if wire.layout == Layout::Variant {
        return variant(bytes);
    }
    from_bytes(wire, bytes)
}

/// Passes over a value of a row: its length is checked, its content is not.
pub(super) fn skip_value<R: Refill>(
    input: &mut Input<R>,
    wire: &WireType,
) -> std::result::Result<(), Refused> {
    if wire.layout == Layout::Chunked {
        chunks(input)?;
        return Ok(());
    }
    if let Some(length) = length(input, wire, Position::Row)? {
        input.slice(length)?;
        if length > wire.max_bytes {
            return Err(Refused::Length);
        }
    }
    Ok(())
}

/// How many bytes a value has; None for NULL. Not of a value in chunks, which tell it one by one.
fn length<R: Refill>(
    input: &mut Input<R>,
    wire: &WireType,
    position: Position,
) -> Result<Option<usize>> {
    Ok(match wire.layout {
        Layout::Nothing => None,
        Layout::Fixed(size) => Some(size),
        Layout::ByteLength => match input.u8()? {
            0 => None,
            length => Some(usize::from(length)),
        },
        Layout::ShortLength => match input.u16()? {
            u16::MAX => None,
            length => Some(usize::from(length)),
        },
        Layout::LongLength => long_length(input, position)?,
        Layout::Variant => match input.u32()? {
            0 => None,
            length => Some(length as usize),
        },
        Layout::Chunked => None,
    })
}

/// A value of a row; a text that is `last` again is not decoded anew, any other becomes `last`.
pub(super) fn read_again<R: Refill>(
    input: &mut Input<R>,
    wire: &WireType,
    last: &mut (Vec<u8>, Value),
) -> std::result::Result<Value, Refused> {
    if wire.layout != Layout::ShortLength || !wire.sql_type.name.is_character() {
        return read_value(input, wire, Position::Row);
    }
    let length = match input.u16()? {
        u16::MAX => return Ok(Value::Null),
        length => usize::from(length),
    };
    let bytes = input.slice(length)?;
    if length > wire.max_bytes {
        return Err(Refused::Length);
    }
    if last.1.is_null() || last.0 != bytes {
        last.1 = from_bytes(wire, bytes)?;
        last.0.clear();
        last.0.extend_from_slice(bytes);
    }
    Ok(last.1.clone())
}

fn long_length<R: Refill>(input: &mut Input<R>, position: Position) -> Result<Option<usize>> {
    if position == Position::Row {
        let pointer = input.u8()?;
        if pointer == 0 {
            return Ok(None);
        }
        input.slice(usize::from(pointer) + 8)?;
    }
    match input.u32()? {
        u32::MAX => Ok(None),
        length => Ok(Some(length as usize)),
    }
}

fn chunks<R: Refill>(input: &mut Input<R>) -> Result<Option<Vec<u8>>> {
    let total = input.u64()?;
    if total == u64::MAX {
        return Ok(None);
    }
    let mut out = Vec::new();
    loop {
        let length = input.u32()? as usize;
        if length == 0 {
            break;
        }
        out.extend_from_slice(input.slice(length)?);
    }
    // u64::MAX - 1: the client did not know the length beforehand.
    if total != u64::MAX - 1 && total != out.len() as u64 {
        return Err(stream_incorrect(
            "A (max) value has not the length it declares.",
        ));
    }
    Ok(Some(out))
}

fn text(wire: &WireType, bytes: &[u8]) -> String {
    match wire.code_page {
        CodePage::Cp1252 => decode_1252(bytes),
        CodePage::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn from_bytes(wire: &WireType, bytes: &[u8]) -> std::result::Result<Value, Refused> {
    use TypeName as T;
    let name = wire.sql_type.name;
    Ok(match name {
        T::Char | T::VarChar | T::Text => Value::varchar(text(wire, bytes)),
        T::NChar | T::NVarChar | T::NText => {
            if !bytes.len().is_multiple_of(2) {
                return Err(Refused::Length);
            }
            Value::nvarchar(decode_utf16(bytes))
        }
        T::Xml => Value::Xml(Arc::from(xml_text(bytes))),
        T::Binary | T::VarBinary | T::Image => Value::binary(bytes),
        T::Geometry | T::Geography => Value::Spatial(Arc::from(bytes)),
        T::UniqueIdentifier => Value::UniqueIdentifier(Box::new(exact(bytes)?)),
        T::Decimal | T::Numeric => decimal(&wire.sql_type, bytes)?,
        T::Date | T::Time | T::DateTime2 | T::DateTimeOffset => temporal(&wire.sql_type, bytes)?,
        _ => number(name, bytes)?,
    })
}

/// Clients may send a byte order mark in front.
fn xml_text(bytes: &[u8]) -> String {
    let text = decode_utf16(bytes);
    match text.strip_prefix('\u{FEFF}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

fn exact<const N: usize>(bytes: &[u8]) -> std::result::Result<[u8; N], Refused> {
    bytes.try_into().map_err(|_| Refused::Length)
}

/// Numbers and the two old date types, whose size is their type.
fn number(name: TypeName, bytes: &[u8]) -> std::result::Result<Value, Refused> {
    use TypeName as T;
    Ok(match name {
        T::Bit => Value::Bit(exact::<1>(bytes)?[0] != 0),
        T::TinyInt => Value::TinyInt(exact::<1>(bytes)?[0]),
        T::SmallInt => Value::SmallInt(i16::from_le_bytes(exact(bytes)?)),
        T::Int => Value::Int(i32::from_le_bytes(exact(bytes)?)),
        T::BigInt => Value::BigInt(i64::from_le_bytes(exact(bytes)?)),
        T::Real => {
            let value = f32::from_le_bytes(exact(bytes)?);
            if !value.is_finite() {
                return Err(Refused::Invalid(name));
            }
            Value::Real(value)
        }
        T::Float => {
            let value = f64::from_le_bytes(exact(bytes)?);
            if !value.is_finite() {
                return Err(Refused::Invalid(name));
            }
            Value::Float(value)
        }
        T::Money => {
            let [a, b, c, d, e, f, g, h] = exact(bytes)?;
            let high = i64::from(i32::from_le_bytes([a, b, c, d]));
            let low = i64::from(u32::from_le_bytes([e, f, g, h]));
            Value::Money(high << 32 | low)
        }
        T::SmallMoney => Value::SmallMoney(i32::from_le_bytes(exact(bytes)?)),
        T::DateTime => {
            let [a, b, c, d, e, f, g, h] = exact(bytes)?;
            let days = i32::from_le_bytes([a, b, c, d]);
            let ticks = u32::from_le_bytes([e, f, g, h]);
            // 1753-01-01 to 9999-12-31.
            if !(-53_690..=2_958_463).contains(&days) || ticks >= 25_920_000 {
                return Err(Refused::Invalid(name));
            }
            Value::DateTime(days, ticks as i32)
        }
        T::SmallDateTime => {
            let [a, b, c, d] = exact(bytes)?;
            let minutes = u16::from_le_bytes([c, d]);
            if minutes >= 1440 {
                return Err(Refused::Invalid(name));
            }
            Value::SmallDateTime(u16::from_le_bytes([a, b]), minutes)
        }
        _ => return Err(Refused::Invalid(name)),
    })
}

fn decimal(sql_type: &SqlType, bytes: &[u8]) -> std::result::Result<Value, Refused> {
    let (sign, magnitude) = bytes.split_first().ok_or(Refused::Length)?;
    if magnitude.len() > 16 {
        return Err(Refused::Length);
    }
    let mut padded = [0u8; 16];
    padded[..magnitude.len()].copy_from_slice(magnitude);
    let magnitude = u128::from_le_bytes(padded);
    let limit = 10u128.pow(u32::from(sql_type.precision));
    if magnitude >= limit {
        return Err(Refused::Invalid(sql_type.name));
    }
    let mantissa = magnitude as i128;
    Ok(Value::Decimal(Box::new(Decimal {
        mantissa: if *sign == 0 { -mantissa } else { mantissa },
        precision: sql_type.precision,
        scale: sql_type.scale,
    })))
}

fn little_endian(bytes: &[u8]) -> i64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, &byte| sum << 8 | i64::from(byte))
}

/// Bytes of the time part of a type with fractional digits.
pub(super) fn time_bytes(scale: u8) -> usize {
    match scale {
        0..=2 => 3,
        3 | 4 => 4,
        _ => 5,
    }
}

fn temporal(sql_type: &SqlType, bytes: &[u8]) -> std::result::Result<Value, Refused> {
    let invalid = || Refused::Invalid(sql_type.name);
    let day = |bytes: &[u8]| {
        let day = little_endian(bytes) as i32;
        (day <= LAST_DAY).then_some(day).ok_or_else(invalid)
    };
    let time = |bytes: &[u8]| {
        let ticks = little_endian(bytes) * 10i64.pow(7 - u32::from(sql_type.scale));
        (ticks < TICKS_PER_DAY).then_some(ticks).ok_or_else(invalid)
    };
    let time_size = time_bytes(sql_type.scale);
    let expected = match sql_type.name {
        TypeName::Date => 3,
        TypeName::Time => time_size,
        TypeName::DateTime2 => time_size + 3,
        _ => time_size + 5,
    };
    if bytes.len() != expected {
        return Err(Refused::Length);
    }
    Ok(match sql_type.name {
        TypeName::Date => Value::Date(day(bytes)?),
        TypeName::Time => Value::Time(time(bytes)?),
        TypeName::DateTime2 => {
            let (clock, date) = bytes.split_at(time_size);
            Value::DateTime2(i64::from(day(date)?) * TICKS_PER_DAY + time(clock)?)
        }
        _ => {
            let (clock, rest) = bytes.split_at(time_size);
            let (date, offset) = rest.split_at(3);
            let offset_minutes = i16::from_le_bytes(exact(offset)?);
            if !(-840..=840).contains(&offset_minutes) {
                return Err(invalid());
            }
            Value::DateTimeOffset(Box::new(DateTimeOffset {
                ticks: i64::from(day(date)?) * TICKS_PER_DAY + time(clock)?,
                offset_minutes,
            }))
        }
    })
}

/// sql_variant: base type, count of property bytes, properties, value.
fn variant(bytes: &[u8]) -> std::result::Result<Value, Refused> {
    let mut input = Input::complete(bytes.into());
    let base = input.u8()?;
    let properties = usize::from(input.u8()?);
    let mut type_info = bytes::BytesMut::from(&[base][..]);
    let property_bytes = input.bytes(properties)?;
    match base {
        // The length of what has a fixed one.
        0x24 => type_info.extend_from_slice(&[16]),
        // Collation and length stand the other way round than in TYPE_INFO.
        0xA7 | 0xAF | 0xE7 | 0xEF if properties == 7 => {
            type_info.extend_from_slice(&property_bytes[5..]);
            type_info.extend_from_slice(&property_bytes[..5]);
        }
        0x6A | 0x6C => {
            type_info.extend_from_slice(&[17]);
            type_info.extend_from_slice(&property_bytes);
        }
        _ => type_info.extend_from_slice(&property_bytes),
    }
    let wire = super::type_info::read(
        &mut Input::complete(type_info),
        super::type_info::Place::RpcParameter,
    )?;
    let value = from_bytes(&wire, &input.rest()?)?;
    Ok(Value::Variant(Box::new((wire.sql_type, value))))
}

/// The name of a type as messages print it.
pub(super) fn type_text(name: TypeName) -> &'static str {
    use TypeName as T;
    match name {
        T::Bit => "bit",
        T::TinyInt => "tinyint",
        T::SmallInt => "smallint",
        T::Int => "int",
        T::BigInt => "bigint",
        T::Real => "real",
        T::Float => "float",
        T::Decimal => "decimal",
        T::Numeric => "numeric",
        T::Money => "money",
        T::SmallMoney => "smallmoney",
        T::Char => "char",
        T::VarChar => "varchar",
        T::NChar => "nchar",
        T::NVarChar => "nvarchar",
        T::Text => "text",
        T::NText => "ntext",
        T::Image => "image",
        T::Binary => "binary",
        T::VarBinary => "varbinary",
        T::Date => "date",
        T::Time => "time",
        T::DateTime => "datetime",
        T::SmallDateTime => "smalldatetime",
        T::DateTime2 => "datetime2",
        T::DateTimeOffset => "datetimeoffset",
        T::UniqueIdentifier => "uniqueidentifier",
        T::SqlVariant => "sql_variant",
        T::Xml => "xml",
        T::RowVersion => "timestamp",
        T::Vector => "vector",
        T::Json => "json",
        T::Geometry => "geometry",
        T::Geography => "geography",
        T::HierarchyId => "hierarchyid",
        T::Cursor => "cursor",
        T::Table => "table",
    }
}
