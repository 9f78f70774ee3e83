//! What a column can hold and what type it has.

use std::sync::Arc;

/// The name of a type without its length, precision or scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeName {
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Real,
    Float,
    Decimal,
    Numeric,
    Money,
    SmallMoney,
    Char,
    VarChar,
    NChar,
    NVarChar,
    /// Legacy LOB types: known to the catalog and refused where SQL Server refuses them.
    Text,
    NText,
    Image,
    Binary,
    VarBinary,
    Date,
    Time,
    DateTime,
    SmallDateTime,
    DateTime2,
    DateTimeOffset,
    UniqueIdentifier,
    SqlVariant,
    Xml,
    RowVersion,
    Vector,
    Json,
    Geometry,
    Geography,
    HierarchyId,
    Cursor,
    Table,
}

/// A full type. Use the constructors; fields that a type does not have are 0 / false.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SqlType {
    pub name: TypeName,
    /// Characters for (n)char/(n)varchar, bytes for binary; `SqlType::MAX` for (max); dimensions for vector;
    /// 24 or 53 for float's mantissa bits.
    pub length: i32,
    /// decimal/numeric: total digits.
    pub precision: u8,
    /// decimal/numeric: digits after the point; time/datetime2/datetimeoffset: fractional digits.
    pub scale: u8,
    /// vector only: true for float16.
    pub half: bool,
    /// Character types: is the collation a binary one (BIN2)? Otherwise SQL_Latin1_General_CP1_CI_AS.
    pub binary_collation: bool,
    /// sysname is nvarchar(128) not null under another name.
    pub sysname: bool,
}

impl SqlType {
    pub const MAX: i32 = -1;

    pub const fn plain(name: TypeName) -> Self {
        Self {
            name,
            length: 0,
            precision: 0,
            scale: 0,
            half: false,
            binary_collation: false,
            sysname: false,
        }
    }

    pub const fn sized(name: TypeName, length: i32) -> Self {
        let mut t = Self::plain(name);
        t.length = length;
        t
    }

    pub const fn decimal(precision: u8, scale: u8) -> Self {
        let mut t = Self::plain(TypeName::Decimal);
        t.precision = precision;
        t.scale = scale;
        t
    }

    pub const fn scaled(name: TypeName, scale: u8) -> Self {
        let mut t = Self::plain(name);
        t.scale = scale;
        t
    }

    pub const INT: Self = Self::plain(TypeName::Int);
    pub const BIGINT: Self = Self::plain(TypeName::BigInt);
    pub const BIT: Self = Self::plain(TypeName::Bit);
    pub const FLOAT: Self = Self::sized(TypeName::Float, 53);
    pub const REAL: Self = Self::plain(TypeName::Real);
    pub const SYSNAME: Self = {
        let mut t = Self::sized(TypeName::NVarChar, 128);
        t.sysname = true;
        t
    };

    pub const fn nvarchar(length: i32) -> Self {
        Self::sized(TypeName::NVarChar, length)
    }

    pub const fn varchar(length: i32) -> Self {
        Self::sized(TypeName::VarChar, length)
    }

    pub const fn varbinary(length: i32) -> Self {
        Self::sized(TypeName::VarBinary, length)
    }

    pub const fn datetime2(scale: u8) -> Self {
        Self::scaled(TypeName::DateTime2, scale)
    }

    pub const fn vector(dimensions: i32) -> Self {
        Self::sized(TypeName::Vector, dimensions)
    }

    pub fn is_max(&self) -> bool {
        self.length == Self::MAX
    }
}

/// A decimal: `mantissa / 10^scale`, at most 38 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    pub mantissa: i128,
    pub precision: u8,
    pub scale: u8,
}

/// UTC instant and offset. `ticks`: 100 ns since 0001-01-01 UTC; `offset_minutes`: -840..=840.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTimeOffset {
    pub ticks: i64,
    pub offset_minutes: i16,
}

/// One value. The variant says the type's family; lengths live in `SqlType`. 24 bytes.
///
/// char/varchar share `VarChar`, nchar/nvarchar (and sysname) share `NVarChar`; fixed-length values are padded when
/// they are stored or converted. Text is held as UTF-8; lengths that SQL Server reports count UTF-16 units (nvarchar)
/// or bytes of code page 1252 (varchar).
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bit(bool),
    TinyInt(u8),
    SmallInt(i16),
    Int(i32),
    BigInt(i64),
    Real(f32),
    Float(f64),
    Decimal(Box<Decimal>),
    /// Ten-thousandths.
    Money(i64),
    /// Ten-thousandths.
    SmallMoney(i32),
    VarChar(Arc<str>),
    NVarChar(Arc<str>),
    Binary(Arc<[u8]>),
    /// Days since 0001-01-01.
    Date(i32),
    /// 100 ns since midnight.
    Time(i64),
    /// Days since 1900-01-01 (may be negative) and 1/300 seconds since midnight.
    DateTime(i32, i32),
    /// Days since 1900-01-01 and minutes since midnight.
    SmallDateTime(u16, u16),
    /// 100 ns since 0001-01-01 00:00.
    DateTime2(i64),
    DateTimeOffset(Box<DateTimeOffset>),
    /// Bytes in the order in which SQL Server sends them (first three groups little-endian).
    UniqueIdentifier(Box<[u8; 16]>),
    Vector(Arc<[f32]>),
    /// Normalised JSON text.
    Json(Arc<str>),
    Xml(Arc<str>),
    /// CLR serialisation of geometry or geography.
    Spatial(Arc<[u8]>),
    Variant(Box<(SqlType, Value)>),
}

impl Value {
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn nvarchar(text: impl AsRef<str>) -> Self {
        Self::NVarChar(Arc::from(text.as_ref()))
    }

    pub fn varchar(text: impl AsRef<str>) -> Self {
        Self::VarChar(Arc::from(text.as_ref()))
    }

    pub fn binary(bytes: impl AsRef<[u8]>) -> Self {
        Self::Binary(Arc::from(bytes.as_ref()))
    }
}
