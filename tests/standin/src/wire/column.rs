//! How a result column travels: its type lowered to what the client knows, and its TYPE_INFO.

use bytes::{BufMut, BytesMut};

use super::charset::{self, put_b_varchar, put_us_varchar};
use super::dialect::Dialect;
use crate::error::{Result, SqlError};
use crate::protocol::ColumnInfo;
use crate::types::{SqlType, TypeName};

/// A type as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SentType {
    /// What the engine's values are.
    pub source: SqlType,
    /// What the client is told.
    pub sent: SqlType,
    pub nullable: bool,
    /// varchar(max) that holds UTF-8: vector and json.
    pub utf8: bool,
}

impl SentType {
    pub fn new(source: &SqlType, nullable: bool, dialect: Dialect) -> Self {
        let mut utf8 = false;
        let mut sent = match source.name {
            TypeName::Vector | TypeName::Json => {
                utf8 = true;
                SqlType::varchar(SqlType::MAX)
            }
            TypeName::Date if !dialect.has_date_types() => SqlType::nvarchar(10),
            TypeName::Time if !dialect.has_date_types() => SqlType::nvarchar(16),
            TypeName::DateTime2 if !dialect.has_date_types() => SqlType::nvarchar(27),
            TypeName::DateTimeOffset if !dialect.has_date_types() => SqlType::nvarchar(34),
            TypeName::Geometry | TypeName::Geography if !dialect.has_date_types() => {
                SqlType::varbinary(SqlType::MAX)
            }
            _ => source.clone(),
        };
        if !dialect.since_2005() {
            sent = match (sent.name, sent.is_max()) {
                (TypeName::VarChar, true) => SqlType::plain(TypeName::Text),
                (TypeName::NVarChar, true) | (TypeName::Xml, _) => SqlType::plain(TypeName::NText),
                (TypeName::VarBinary, true) => SqlType::plain(TypeName::Image),
                _ => sent,
            };
        }
        Self {
            source: source.clone(),
            sent,
            nullable,
            utf8,
        }
    }

    fn collation(&self) -> charset::Collation {
        match (self.utf8, self.source.binary_collation) {
            (true, _) => charset::UTF8_BINARY,
            (false, true) => charset::BINARY,
            (false, false) => charset::DEFAULT,
        }
    }

    pub fn is_legacy_lob(&self) -> bool {
        matches!(
            self.sent.name,
            TypeName::Text | TypeName::NText | TypeName::Image
        )
    }

    /// Bytes that a NULL takes in a ROW; a null bitmap pays when they outweigh it.
    pub fn null_size(&self) -> usize {
        use TypeName as T;
        match self.sent.name {
            T::Char | T::NChar | T::Binary | T::RowVersion => 2,
            T::VarChar | T::NVarChar | T::VarBinary if !self.sent.is_max() => 2,
            T::VarChar | T::NVarChar | T::VarBinary | T::Xml | T::Geometry | T::Geography => 8,
            T::SqlVariant => 4,
            _ => 1,
        }
    }

    pub fn put_type_info(&self, out: &mut BytesMut) -> Result<()> {
        use TypeName as T;
        let t = &self.sent;
        let (fixed, general, size) = match t.name {
            T::Bit => (0x32, 0x68, 1),
            T::TinyInt => (0x30, 0x26, 1),
            T::SmallInt => (0x34, 0x26, 2),
            T::Int => (0x38, 0x26, 4),
            T::BigInt => (0x7F, 0x26, 8),
            T::Real => (0x3B, 0x6D, 4),
            T::Float => (0x3E, 0x6D, 8),
            T::SmallMoney => (0x7A, 0x6E, 4),
            T::Money => (0x3C, 0x6E, 8),
            T::SmallDateTime => (0x3A, 0x6F, 4),
            T::DateTime => (0x3D, 0x6F, 8),
            _ => return self.put_variable_type_info(out),
        };
        if self.nullable {
            out.put_u8(general);
            out.put_u8(size);
        } else {
            out.put_u8(fixed);
        }
        Ok(())
    }

    fn put_variable_type_info(&self, out: &mut BytesMut) -> Result<()> {
        use TypeName as T;
        let t = &self.sent;
        match t.name {
            T::Decimal | T::Numeric => {
                out.put_u8(if t.name == T::Decimal { 0x6A } else { 0x6C });
                out.put_u8(decimal_size(t.precision));
                out.put_u8(t.precision);
                out.put_u8(t.scale);
            }
            T::UniqueIdentifier => out.put_slice(&[0x24, 16]),
            T::Date => out.put_u8(0x28),
            T::Time => out.put_slice(&[0x29, t.scale]),
            T::DateTime2 => out.put_slice(&[0x2A, t.scale]),
            T::DateTimeOffset => out.put_slice(&[0x2B, t.scale]),
            T::Char | T::VarChar | T::NChar | T::NVarChar => {
                out.put_u8(match t.name {
                    T::Char => 0xAF,
                    T::VarChar => 0xA7,
                    T::NChar => 0xEF,
                    _ => 0xE7,
                });
                out.put_u16_le(self.declared_bytes());
                out.put_slice(&self.collation());
            }
            T::Binary | T::VarBinary | T::RowVersion => {
                out.put_u8(if t.name == T::VarBinary { 0xA5 } else { 0xAD });
                out.put_u16_le(self.declared_bytes());
            }
            T::Text | T::NText => {
                out.put_u8(if t.name == T::Text { 0x23 } else { 0x63 });
                out.put_u32_le(if t.name == T::Text {
                    0x7FFF_FFFF
                } else {
                    0x7FFF_FFFE
                });
                out.put_slice(&self.collation());
            }
            T::Image => {
                out.put_u8(0x22);
                out.put_u32_le(0x7FFF_FFFF);
            }
            T::SqlVariant => {
                out.put_u8(0x62);
                out.put_u32_le(8009);
            }
            T::Xml => out.put_slice(&[0xF1, 0]),
            T::Geometry | T::Geography => put_spatial_type_info(out, t.name),
            _ => {
                return Err(SqlError::not_implemented(format!(
                    "columns of type {} in a result",
                    super::decode::type_text(t.name)
                )));
            }
        }
        Ok(())
    }

    /// The length in TYPE_INFO; also the limit for values that are not (max).
    pub fn declared_bytes(&self) -> u16 {
        let t = &self.sent;
        if t.is_max() {
            return u16::MAX;
        }
        let unit = match t.name {
            TypeName::NChar | TypeName::NVarChar => 2,
            TypeName::RowVersion => return 8,
            _ => 1,
        };
        (t.length.clamp(1, 8000 / unit) * unit) as u16
    }
}

/// Sign and magnitude.
pub(super) fn decimal_size(precision: u8) -> u8 {
    match precision {
        0..=9 => 5,
        10..=19 => 9,
        20..=28 => 13,
        _ => 17,
    }
}

fn put_spatial_type_info(out: &mut BytesMut, name: TypeName) {
    let (type_name, class) = match name {
        TypeName::Geometry => ("geometry", "SqlGeometry"),
        _ => ("geography", "SqlGeography"),
    };
    out.put_u8(0xF0);
    out.put_u16_le(u16::MAX);
    put_b_varchar(out, "");
    put_b_varchar(out, "sys");
    put_b_varchar(out, type_name);
    put_us_varchar(
        out,
        &format!(
            "Microsoft.SqlServer.Types.{class}, Microsoft.SqlServer.Types, Version=11.0.0.0, \
             Culture=neutral, PublicKeyToken=89845dcd8080cc91"
        ),
    );
}

/// User type, flags and TYPE_INFO: the common part of COLMETADATA and RETURNVALUE.
fn put_typed(out: &mut BytesMut, t: &SentType, flags: u16, dialect: Dialect) -> Result<()> {
    let user_type = if t.source.name == TypeName::RowVersion {
        0x50
    } else {
        0
    };
    if dialect.since_2005() {
        out.put_u32_le(user_type);
    } else {
        out.put_u16_le(user_type as u16);
    }
    out.put_u16_le(flags);
    t.put_type_info(out)
}

fn flags(column: &ColumnInfo) -> u16 {
    let mut flags = 0;
    if column.nullable {
        flags |= 0x0001;
    }
    if column.sql_type.binary_collation {
        flags |= 0x0002;
    }
    if column.updatable {
        flags |= 0x0008;
    }
    if column.identity {
        flags |= 0x0010;
    }
    if column.computed {
        flags |= 0x0020;
    }
    flags
}

pub(super) fn put_metadata(
    out: &mut BytesMut,
    columns: &[ColumnInfo],
    dialect: Dialect,
) -> Result<Vec<SentType>> {
    out.put_u8(0x81);
    out.put_u16_le(columns.len() as u16);
    let mut sent = Vec::with_capacity(columns.len());
    for column in columns {
        let t = SentType::new(&column.sql_type, column.nullable, dialect);
        put_typed(out, &t, flags(column), dialect)?;
        if t.is_legacy_lob() {
            if dialect.since_2005() {
                out.put_u8(1);
            }
            put_us_varchar(out, "");
        }
        put_b_varchar(out, &column.name);
        sent.push(t);
    }
    Ok(sent)
}

/// RETURNVALUE up to the value itself.
pub(super) fn put_return_value_head(
    out: &mut BytesMut,
    ordinal: u16,
    name: &str,
    t: &SentType,
    dialect: Dialect,
) -> Result<()> {
    out.put_u8(0xAC);
    out.put_u16_le(ordinal);
    put_b_varchar(out, name);
    out.put_u8(0x01);
    put_typed(out, t, 0x0001, dialect)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(name: TypeName, version: u32) -> SqlType {
        let dialect = Dialect::for_client(version, false).unwrap();
        SentType::new(&SqlType::plain(name), true, dialect).sent
    }

    #[test]
    fn clients_get_types_that_their_version_knows() {
        let (v71, v72, v74) = (0x7100_0001, 0x7209_0002, 0x7400_0004);
        assert_eq!(sent(TypeName::Date, v74), SqlType::plain(TypeName::Date));
        assert_eq!(sent(TypeName::Date, v72), SqlType::nvarchar(10));
        assert_eq!(sent(TypeName::DateTime2, v72), SqlType::nvarchar(27));
        assert_eq!(sent(TypeName::DateTimeOffset, v71), SqlType::nvarchar(34));
        assert_eq!(sent(TypeName::Vector, v74), SqlType::varchar(SqlType::MAX));
        assert_eq!(sent(TypeName::Vector, v71).name, TypeName::Text);
        assert_eq!(sent(TypeName::Xml, v71).name, TypeName::NText);
        assert_eq!(sent(TypeName::Geometry, v71).name, TypeName::Image);
    }

    #[test]
    fn what_is_not_null_has_a_fixed_type() {
        let dialect = Dialect::for_client(0x7400_0004, false).unwrap();
        let info = |nullable| {
            let mut out = BytesMut::new();
            let t = SentType::new(&SqlType::INT, nullable, dialect);
            t.put_type_info(&mut out).unwrap();
            out.to_vec()
        };
        assert_eq!(info(false), [0x38]);
        assert_eq!(info(true), [0x26, 4]);
    }
}
