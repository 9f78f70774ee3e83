//! TYPE_INFO as clients send it: in front of RPC parameters and in the columns of a bulk load.

use super::charset::{self, CodePage};
use super::input::{Input, Refill, stream_incorrect};
use crate::error::{Result, SqlError};
use crate::types::{SqlType, TypeName};

/// How the bytes of a value are laid out behind its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// NULL type: no bytes at all.
    Nothing,
    /// Always that many bytes.
    Fixed(usize),
    /// One length byte, 0 for NULL.
    ByteLength,
    /// Two length bytes, 0xFFFF for NULL.
    ShortLength,
    /// Chunks (partially length-prefixed).
    Chunked,
    /// text, ntext, image: four length bytes; behind a text pointer in rows.
    LongLength,
    /// sql_variant: four length bytes, 0 for NULL.
    Variant,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct WireType {
    pub sql_type: SqlType,
    pub layout: Layout,
    pub code_page: CodePage,
    /// The most bytes a value may have, where the type says so.
    pub max_bytes: usize,
    /// text, ntext and image, whose column metadata carries a table name.
    pub legacy_lob: bool,
}

impl WireType {
    fn new(sql_type: SqlType, layout: Layout) -> Self {
        Self {
            sql_type,
            layout,
            code_page: CodePage::Cp1252,
            max_bytes: usize::MAX,
            legacy_lob: false,
        }
    }
}

/// Where a TYPE_INFO stands; UDTs are described differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    RpcParameter,
    BulkColumn,
}

pub(super) fn read<R: Refill>(input: &mut Input<R>, place: Place) -> Result<WireType> {
    let token = input.u8()?;
    if let Some((name, size)) = fixed(token) {
        return Ok(WireType::new(plain(name), Layout::Fixed(size)));
    }
    match token {
        0x1F => Ok(WireType::new(SqlType::INT, Layout::Nothing)),
        0x24 | 0x26 | 0x68 | 0x6D | 0x6E | 0x6F => {
            let size = input.u8()?;
            let name = sized_name(token, size)
                .ok_or_else(|| stream_incorrect("A type has a length that it cannot have."))?;
            let mut wire = WireType::new(plain(name), Layout::ByteLength);
            wire.max_bytes = usize::from(size);
            Ok(wire)
        }
        0x37 | 0x3F | 0x6A | 0x6C => decimal(input, token),
        0x28 => Ok(WireType::new(plain(TypeName::Date), Layout::ByteLength)),
        0x29..=0x2B => scaled(input, token),
        0x22 | 0x23 | 0x63 => legacy_lob(input, token),
        0x25 | 0x27 | 0x2D | 0x2F | 0xA5 | 0xA7 | 0xAD | 0xAF | 0xE7 | 0xEF => string(input, token),
        0x62 => {
            input.u32()?;
            Ok(WireType::new(plain(TypeName::SqlVariant), Layout::Variant))
        }
        0xF0 => udt(input, place),
        0xF1 => xml(input),
        0xF3 => Err(SqlError::not_implemented("table-valued parameters")),
        0xF4 => Err(SqlError::not_implemented("json in its native TDS form")),
        0xF5 => Err(SqlError::not_implemented("vector in its native TDS form")),
        _ => Err(stream_incorrect(&format!(
            "Data type 0x{token:02X} is unknown."
        ))),
    }
}

fn plain(name: TypeName) -> SqlType {
    match name {
        TypeName::Float => SqlType::FLOAT,
        _ => SqlType::plain(name),
    }
}

fn fixed(token: u8) -> Option<(TypeName, usize)> {
    Some(match token {
        0x30 => (TypeName::TinyInt, 1),
        0x32 => (TypeName::Bit, 1),
        0x34 => (TypeName::SmallInt, 2),
        0x38 => (TypeName::Int, 4),
        0x3A => (TypeName::SmallDateTime, 4),
        0x3B => (TypeName::Real, 4),
        0x3C => (TypeName::Money, 8),
        0x3D => (TypeName::DateTime, 8),
        0x3E => (TypeName::Float, 8),
        0x7A => (TypeName::SmallMoney, 4),
        0x7F => (TypeName::BigInt, 8),
        _ => return None,
    })
}

fn sized_name(token: u8, size: u8) -> Option<TypeName> {
    Some(match (token, size) {
        (0x24, 16) => TypeName::UniqueIdentifier,
        (0x26, 1) => TypeName::TinyInt,
        (0x26, 2) => TypeName::SmallInt,
        (0x26, 4) => TypeName::Int,
        (0x26, 8) => TypeName::BigInt,
        (0x68, 1) => TypeName::Bit,
        (0x6D, 4) => TypeName::Real,
        (0x6D, 8) => TypeName::Float,
        (0x6E, 4) => TypeName::SmallMoney,
        (0x6E, 8) => TypeName::Money,
        (0x6F, 4) => TypeName::SmallDateTime,
        (0x6F, 8) => TypeName::DateTime,
        _ => return None,
    })
}

fn decimal<R: Refill>(input: &mut Input<R>, token: u8) -> Result<WireType> {
    let size = input.u8()?;
    let precision = input.u8()?;
    let scale = input.u8()?;
    if !(1..=38).contains(&precision) || scale > precision {
        return Err(stream_incorrect(
            "A numeric type has an invalid precision or scale.",
        ));
    }
    let mut sql_type = SqlType::decimal(precision, scale);
    if matches!(token, 0x3F | 0x6C) {
        sql_type.name = TypeName::Numeric;
    }
    let mut wire = WireType::new(sql_type, Layout::ByteLength);
    wire.max_bytes = usize::from(size);
    Ok(wire)
}

fn scaled<R: Refill>(input: &mut Input<R>, token: u8) -> Result<WireType> {
    let scale = input.u8()?;
    if scale > 7 {
        return Err(stream_incorrect("A time type has an invalid scale."));
    }
    let name = match token {
        0x29 => TypeName::Time,
        0x2A => TypeName::DateTime2,
        _ => TypeName::DateTimeOffset,
    };
    Ok(WireType::new(
        SqlType::scaled(name, scale),
        Layout::ByteLength,
    ))
}

fn collation<R: Refill>(input: &mut Input<R>) -> Result<(CodePage, bool)> {
    let collation: charset::Collation = input.array()?;
    let page = charset::code_page(collation).ok_or_else(|| {
        SqlError::not_implemented("character data in a code page other than 1252 and UTF-8")
    })?;
    Ok((page, collation[3] & 0x02 != 0))
}

fn legacy_lob<R: Refill>(input: &mut Input<R>, token: u8) -> Result<WireType> {
    input.u32()?;
    let (name, has_collation) = match token {
        0x22 => (TypeName::Image, false),
        0x23 => (TypeName::Text, true),
        _ => (TypeName::NText, true),
    };
    let mut wire = WireType::new(plain(name), Layout::LongLength);
    wire.legacy_lob = true;
    if has_collation {
        wire.code_page = collation(input)?.0;
    }
    Ok(wire)
}

fn string<R: Refill>(input: &mut Input<R>, token: u8) -> Result<WireType> {
    let old = token < 0x80;
    let size = if old {
        u16::from(input.u8()?)
    } else {
        input.u16()?
    };
    let name = match token {
        0x25 | 0xA5 => TypeName::VarBinary,
        0x2D | 0xAD => TypeName::Binary,
        0x27 | 0xA7 => TypeName::VarChar,
        0x2F | 0xAF => TypeName::Char,
        0xE7 => TypeName::NVarChar,
        _ => TypeName::NChar,
    };
    let wide = matches!(name, TypeName::NVarChar | TypeName::NChar);
    let chunked = !old && size == u16::MAX;
    let length = match (chunked, wide) {
        (true, _) => SqlType::MAX,
        (false, true) => i32::from(size / 2),
        (false, false) => i32::from(size),
    };
    let layout = match (chunked, old) {
        (true, _) => Layout::Chunked,
        (false, true) => Layout::ByteLength,
        (false, false) => Layout::ShortLength,
    };
    let mut wire = WireType::new(SqlType::sized(name, length.max(SqlType::MAX)), layout);
    if !chunked {
        wire.max_bytes = usize::from(size);
    }
    if !matches!(name, TypeName::VarBinary | TypeName::Binary) {
        let (page, binary) = collation(input)?;
        wire.code_page = page;
        wire.sql_type.binary_collation = binary;
    }
    Ok(wire)
}

fn udt<R: Refill>(input: &mut Input<R>, place: Place) -> Result<WireType> {
    if place == Place::BulkColumn {
        input.u16()?;
    }
    input.b_varchar()?;
    input.b_varchar()?;
    let name = input.b_varchar()?;
    if place == Place::BulkColumn {
        input.us_varchar()?;
    }
    let name = match name.to_ascii_lowercase().as_str() {
        "geometry" => TypeName::Geometry,
        "geography" => TypeName::Geography,
        _ => {
            return Err(SqlError::not_implemented(format!(
                "the user-defined type {name}"
            )));
        }
    };
    Ok(WireType::new(plain(name), Layout::Chunked))
}

fn xml<R: Refill>(input: &mut Input<R>) -> Result<WireType> {
    if input.u8()? != 0 {
        input.b_varchar()?;
        input.b_varchar()?;
        input.us_varchar()?;
        return Err(SqlError::not_implemented("xml with a schema collection"));
    }
    Ok(WireType::new(plain(TypeName::Xml), Layout::Chunked))
}
