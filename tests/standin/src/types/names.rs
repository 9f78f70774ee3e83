//! Names, identifiers and sizes of types as the catalog and the messages show them.

use super::value::{Decimal, SqlType, TypeName, Value};

/// Bytes of a decimal by precision: 5, 9, 13 or 17.
pub fn decimal_bytes(precision: u8) -> i16 {
    match precision {
        0..=9 => 5,
        10..=19 => 9,
        20..=28 => 13,
        _ => 17,
    }
}

fn time_bytes(scale: u8) -> i16 {
    match scale {
        0..=2 => 3,
        3..=4 => 4,
        _ => 5,
    }
}

impl TypeName {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bit => "bit",
            Self::TinyInt => "tinyint",
            Self::SmallInt => "smallint",
            Self::Int => "int",
            Self::BigInt => "bigint",
            Self::Real => "real",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Numeric => "numeric",
            Self::Money => "money",
            Self::SmallMoney => "smallmoney",
            Self::Char => "char",
            Self::VarChar => "varchar",
            Self::NChar => "nchar",
            Self::NVarChar => "nvarchar",
            Self::Text => "text",
            Self::NText => "ntext",
            Self::Image => "image",
            Self::Binary => "binary",
            Self::VarBinary => "varbinary",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::SmallDateTime => "smalldatetime",
            Self::DateTime2 => "datetime2",
            Self::DateTimeOffset => "datetimeoffset",
            Self::UniqueIdentifier => "uniqueidentifier",
            Self::SqlVariant => "sql_variant",
            Self::Xml => "xml",
            Self::RowVersion => "timestamp",
            Self::Vector => "vector",
            Self::Json => "json",
            Self::Geometry => "geometry",
            Self::Geography => "geography",
            Self::HierarchyId => "hierarchyid",
            Self::Cursor => "cursor",
            Self::Table => "table",
        }
    }

    pub fn is_character(self) -> bool {
        matches!(
            self,
            Self::Char | Self::VarChar | Self::NChar | Self::NVarChar
        )
    }

    pub fn is_unicode(self) -> bool {
        matches!(self, Self::NChar | Self::NVarChar | Self::NText)
    }

    pub fn is_binary(self) -> bool {
        matches!(self, Self::Binary | Self::VarBinary)
    }

    /// tinyint to bigint; bit is not one of them.
    pub fn is_integer(self) -> bool {
        matches!(
            self,
            Self::TinyInt | Self::SmallInt | Self::Int | Self::BigInt
        )
    }

    pub fn is_decimal(self) -> bool {
        matches!(self, Self::Decimal | Self::Numeric)
    }

    pub fn is_money(self) -> bool {
        matches!(self, Self::Money | Self::SmallMoney)
    }

    pub fn is_approximate(self) -> bool {
        matches!(self, Self::Real | Self::Float)
    }

    pub fn is_legacy_lob(self) -> bool {
        matches!(self, Self::Text | Self::NText | Self::Image)
    }

    pub fn is_date_or_time(self) -> bool {
        matches!(
            self,
            Self::Date
                | Self::Time
                | Self::DateTime
                | Self::SmallDateTime
                | Self::DateTime2
                | Self::DateTimeOffset
        )
    }

    pub fn is_spatial(self) -> bool {
        matches!(self, Self::Geometry | Self::Geography)
    }
}

impl SqlType {
    /// The bare name as sys.types has it ("sysname" for sysname).
    pub fn name(&self) -> &'static str {
        if self.sysname {
            "sysname"
        } else {
            self.name.as_str()
        }
    }

    /// The name without length; sysname is nvarchar.
    pub fn base_name(&self) -> &'static str {
        self.name.as_str()
    }

    /// As conversion messages write it: decimal is "numeric", no lengths.
    pub fn message_name(&self) -> &'static str {
        if self.name == TypeName::Decimal {
            "numeric"
        } else {
            self.name.as_str()
        }
    }

    /// As compile-time messages write it: "varchar(max)" and the like keep their (max).
    pub fn clash_name(&self) -> String {
        if self.is_max() && (self.name.is_character() || self.name.is_binary()) {
            format!("{}(max)", self.name.as_str())
        } else {
            self.name.as_str().to_owned()
        }
    }

    /// "nvarchar(128)", "decimal(18,2)", "vector(1998)", "float".
    pub fn display(&self) -> String {
        let name = self.name();
        if self.sysname {
            return name.to_owned();
        }
        match self.name {
            n if n.is_character() || n.is_binary() => {
                if self.is_max() {
                    format!("{name}(max)")
                } else {
                    format!("{name}({})", self.length)
                }
            }
            TypeName::Decimal | TypeName::Numeric => {
                format!("{name}({},{})", self.precision, self.scale)
            }
            TypeName::Time | TypeName::DateTime2 | TypeName::DateTimeOffset => {
                format!("{name}({})", self.scale)
            }
            TypeName::Vector if self.half => format!("vector({}, float16)", self.length),
            TypeName::Vector => format!("vector({})", self.length),
            _ => name.to_owned(),
        }
    }

    /// sys.columns.max_length.
    pub fn max_length_bytes(&self) -> i16 {
        let sized = |unit: i32| {
            if self.is_max() {
                -1
            } else {
                i16::try_from(self.length.saturating_mul(unit)).unwrap_or(i16::MAX)
            }
        };
        match self.name {
            TypeName::Bit | TypeName::TinyInt => 1,
            TypeName::SmallInt => 2,
            TypeName::Int | TypeName::Real | TypeName::SmallMoney | TypeName::SmallDateTime => 4,
            TypeName::BigInt
            | TypeName::Float
            | TypeName::Money
            | TypeName::DateTime
            | TypeName::RowVersion => 8,
            TypeName::Decimal | TypeName::Numeric => decimal_bytes(self.precision),
            TypeName::Char | TypeName::VarChar | TypeName::Binary | TypeName::VarBinary => sized(1),
            TypeName::NChar | TypeName::NVarChar => sized(2),
            TypeName::Text | TypeName::NText | TypeName::Image => 16,
            TypeName::Date => 3,
            TypeName::Time => time_bytes(self.scale),
            TypeName::DateTime2 => time_bytes(self.scale) + 3,
            TypeName::DateTimeOffset => time_bytes(self.scale) + 5,
            TypeName::UniqueIdentifier => 16,
            TypeName::SqlVariant => 8016,
            TypeName::HierarchyId => 892,
            TypeName::Vector => {
                let element = if self.half { 2 } else { 4 };
                i16::try_from(8 + element * self.length).unwrap_or(i16::MAX)
            }
            TypeName::Xml
            | TypeName::Json
            | TypeName::Geometry
            | TypeName::Geography
            | TypeName::Cursor
            | TypeName::Table => -1,
        }
    }

    /// sys.columns.precision.
    pub fn catalog_precision(&self) -> u8 {
        let with_fraction = |base: u8| {
            if self.scale == 0 {
                base
            } else {
                base + 1 + self.scale
            }
        };
        match self.name {
            TypeName::Bit => 1,
            TypeName::TinyInt => 3,
            TypeName::SmallInt => 5,
            TypeName::Int => 10,
            TypeName::BigInt => 19,
            TypeName::Real => 24,
            TypeName::Float => 53,
            TypeName::Decimal | TypeName::Numeric => self.precision,
            TypeName::Money => 19,
            TypeName::SmallMoney | TypeName::Date => 10,
            TypeName::DateTime => 23,
            TypeName::SmallDateTime => 16,
            TypeName::Time => with_fraction(8),
            TypeName::DateTime2 => with_fraction(19),
            TypeName::DateTimeOffset => with_fraction(26),
            _ => 0,
        }
    }

    /// sys.columns.scale.
    pub fn catalog_scale(&self) -> u8 {
        match self.name {
            TypeName::Money | TypeName::SmallMoney => 4,
            TypeName::DateTime => 3,
            TypeName::Decimal
            | TypeName::Numeric
            | TypeName::Time
            | TypeName::DateTime2
            | TypeName::DateTimeOffset => self.scale,
            _ => 0,
        }
    }

    pub fn system_type_id(&self) -> u8 {
        match self.name {
            TypeName::Image => 34,
            TypeName::Text => 35,
            TypeName::UniqueIdentifier => 36,
            TypeName::Date => 40,
            TypeName::Time => 41,
            TypeName::DateTime2 => 42,
            TypeName::DateTimeOffset => 43,
            TypeName::TinyInt => 48,
            TypeName::SmallInt => 52,
            TypeName::Int => 56,
            TypeName::SmallDateTime => 58,
            TypeName::Real => 59,
            TypeName::Money => 60,
            TypeName::DateTime => 61,
            TypeName::Float => 62,
            TypeName::SqlVariant => 98,
            TypeName::NText => 99,
            TypeName::Bit => 104,
            TypeName::Decimal => 106,
            TypeName::Numeric => 108,
            TypeName::SmallMoney => 122,
            TypeName::BigInt => 127,
            TypeName::VarBinary | TypeName::Vector => 165,
            TypeName::VarChar => 167,
            TypeName::Binary => 173,
            TypeName::Char => 175,
            TypeName::RowVersion => 189,
            TypeName::NVarChar => 231,
            TypeName::NChar => 239,
            TypeName::Geometry | TypeName::Geography | TypeName::HierarchyId => 240,
            TypeName::Xml => 241,
            TypeName::Table => 243,
            TypeName::Json => 244,
            TypeName::Cursor => 0,
        }
    }

    pub fn user_type_id(&self) -> i32 {
        match self.name {
            TypeName::NVarChar if self.sysname => 256,
            TypeName::HierarchyId => 128,
            TypeName::Geometry => 129,
            TypeName::Geography => 130,
            TypeName::Vector => 255,
            _ => i32::from(self.system_type_id()),
        }
    }

    /// Does a value of it live outside sorting and comparing (vector, json, xml, legacy LOBs, spatial)?
    pub fn is_incomparable(&self) -> bool {
        self.name.is_legacy_lob()
            || self.name.is_spatial()
            || matches!(
                self.name,
                TypeName::Vector
                    | TypeName::Json
                    | TypeName::Xml
                    | TypeName::Cursor
                    | TypeName::Table
            )
    }

    pub const fn numeric(precision: u8, scale: u8) -> Self {
        let mut t = Self::plain(TypeName::Numeric);
        t.precision = precision;
        t.scale = scale;
        t
    }

    #[must_use]
    pub const fn with_length(mut self, length: i32) -> Self {
        self.length = length;
        self
    }
}

impl Value {
    /// The type that a literal of this value has. A bare NULL is int.
    pub fn type_of(&self) -> SqlType {
        let chars = |n: usize, limit: i32| match i32::try_from(n) {
            Ok(n) if n <= limit => n.max(1),
            _ => SqlType::MAX,
        };
        match self {
            Self::Null | Self::Int(_) => SqlType::INT,
            Self::Bit(_) => SqlType::BIT,
            Self::TinyInt(_) => SqlType::plain(TypeName::TinyInt),
            Self::SmallInt(_) => SqlType::plain(TypeName::SmallInt),
            Self::BigInt(_) => SqlType::BIGINT,
            Self::Real(_) => SqlType::REAL,
            Self::Float(_) => SqlType::FLOAT,
            Self::Decimal(d) => SqlType::numeric(d.precision, d.scale),
            Self::Money(_) => SqlType::plain(TypeName::Money),
            Self::SmallMoney(_) => SqlType::plain(TypeName::SmallMoney),
            Self::VarChar(s) => SqlType::varchar(chars(super::codepage::byte_length(s), 8000)),
            Self::NVarChar(s) => SqlType::nvarchar(chars(super::codepage::utf16_length(s), 4000)),
            Self::Binary(b) => SqlType::varbinary(chars(b.len(), 8000)),
            Self::Date(_) => SqlType::plain(TypeName::Date),
            Self::Time(_) => SqlType::scaled(TypeName::Time, 7),
            Self::DateTime(..) => SqlType::plain(TypeName::DateTime),
            Self::SmallDateTime(..) => SqlType::plain(TypeName::SmallDateTime),
            Self::DateTime2(_) => SqlType::datetime2(7),
            Self::DateTimeOffset(_) => SqlType::scaled(TypeName::DateTimeOffset, 7),
            Self::UniqueIdentifier(_) => SqlType::plain(TypeName::UniqueIdentifier),
            Self::Vector(v) => SqlType::vector(i32::try_from(v.len()).unwrap_or(0)),
            Self::Json(_) => SqlType::plain(TypeName::Json),
            Self::Xml(_) => SqlType::plain(TypeName::Xml),
            Self::Spatial(_) => SqlType::plain(TypeName::Geometry),
            Self::Variant(_) => SqlType::plain(TypeName::SqlVariant),
        }
    }

    /// A decimal of the given type.
    pub fn decimal(mantissa: i128, precision: u8, scale: u8) -> Self {
        Self::Decimal(Box::new(Decimal {
            mantissa,
            precision,
            scale,
        }))
    }

    /// The text of a character value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::VarChar(s) | Self::NVarChar(s) => Some(s),
            _ => None,
        }
    }

    /// Any of the integer types and bit, widened.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Bit(b) => Some(i64::from(*b)),
            Self::TinyInt(v) => Some(i64::from(*v)),
            Self::SmallInt(v) => Some(i64::from(*v)),
            Self::Int(v) => Some(i64::from(*v)),
            Self::BigInt(v) => Some(*v),
            _ => None,
        }
    }
}
