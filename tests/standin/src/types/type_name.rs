//! From a written type (`nvarchar(128)`, `decimal(18,2)`, `vector(1998)`) to a `SqlType`, with SQL Server's limits.

use super::value::{SqlType, TypeName};
use crate::error::{Result, SqlError};

/// One argument inside the parentheses of a written type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeArg {
    Number(i64),
    Max,
    /// `vector(3, float16)`.
    Word(String),
}

/// Where the type is written: it decides default lengths and the wording of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeContext<'a> {
    /// CAST and CONVERT: character and binary types without a length have 30.
    Cast,
    /// DECLARE and parameters; the number counts from 1. Without a length: 1.
    Variable { ordinal: i32 },
    /// A column; the number counts from 1. Without a length: 1.
    Column { name: &'a str, ordinal: i32 },
}

impl TypeContext<'_> {
    fn default_length(self) -> i32 {
        if self == Self::Cast { 30 } else { 1 }
    }

    fn ordinal(self) -> i32 {
        match self {
            Self::Cast => 0,
            Self::Variable { ordinal } | Self::Column { ordinal, .. } => ordinal,
        }
    }
}

fn lookup(name: &str) -> Option<SqlType> {
    use TypeName as T;
    let plain = SqlType::plain;
    Some(match name {
        "bit" => SqlType::BIT,
        "tinyint" => plain(T::TinyInt),
        "smallint" => plain(T::SmallInt),
        "int" | "integer" => SqlType::INT,
        "bigint" => SqlType::BIGINT,
        "real" => SqlType::REAL,
        "float" | "double precision" => SqlType::FLOAT,
        "decimal" | "dec" => plain(T::Decimal),
        "numeric" => plain(T::Numeric),
        "money" => plain(T::Money),
        "smallmoney" => plain(T::SmallMoney),
        "char" | "character" => plain(T::Char),
        "varchar" | "char varying" | "character varying" => plain(T::VarChar),
        "nchar" | "national char" | "national character" => plain(T::NChar),
        "nvarchar" | "national char varying" | "national character varying" => plain(T::NVarChar),
        "text" => plain(T::Text),
        "ntext" | "national text" => plain(T::NText),
        "image" => plain(T::Image),
        "binary" => plain(T::Binary),
        "varbinary" | "binary varying" => plain(T::VarBinary),
        "date" => plain(T::Date),
        "time" => plain(T::Time),
        "datetime" => plain(T::DateTime),
        "smalldatetime" => plain(T::SmallDateTime),
        "datetime2" => plain(T::DateTime2),
        "datetimeoffset" => plain(T::DateTimeOffset),
        "uniqueidentifier" => plain(T::UniqueIdentifier),
        "sql_variant" => plain(T::SqlVariant),
        "xml" => plain(T::Xml),
        "timestamp" | "rowversion" => plain(T::RowVersion),
        "vector" => plain(T::Vector),
        "json" => plain(T::Json),
        "geometry" => plain(T::Geometry),
        "geography" => plain(T::Geography),
        "hierarchyid" => plain(T::HierarchyId),
        "cursor" => plain(T::Cursor),
        "sysname" => SqlType::SYSNAME,
        _ => return None,
    })
}

/// Is the name one of SQL Server's system types?
pub fn is_type_name(name: &str) -> bool {
    lookup(&name.to_ascii_lowercase()).is_some()
}

/// 2715 in a declaration, 243 in a CAST.
pub fn unknown_type(name: &str, context: TypeContext<'_>) -> SqlError {
    match context {
        TypeContext::Cast => {
            SqlError::new(243, format!("Type {name} is not a defined system type.")).compile()
        }
        _ => SqlError::new(
            2715,
            format!(
                "Column, parameter, or variable #{}: Cannot find data type {name}.",
                context.ordinal()
            ),
        )
        .state(if matches!(context, TypeContext::Variable { .. }) {
            3
        } else {
            6
        })
        .compile(),
    }
}

/// 1001: a length of zero or below.
fn invalid_length(length: i64) -> SqlError {
    SqlError::new(
        1001,
        format!("Line 1: Length or precision specification {length} is invalid."),
    )
    .class(15)
    .compile()
}

/// 1002: fractional digits beyond 7.
fn invalid_scale(scale: i64) -> SqlError {
    SqlError::new(1002, format!("Line 1: Specified scale {scale} is invalid."))
        .class(15)
        .compile()
}

/// 2716 in a declaration, 291 in a CAST: the type takes no length.
fn takes_no_length(t: &SqlType, context: TypeContext<'_>) -> SqlError {
    match context {
        TypeContext::Cast => SqlError::new(
            291,
            format!(
                "CAST or CONVERT: invalid attributes specified for type '{}'",
                t.name()
            ),
        )
        .compile(),
        _ => SqlError::new(
            2716,
            format!(
                "Column, parameter, or variable #{}: Cannot specify a column width on data type {}.",
                context.ordinal(),
                t.name()
            ),
        )
        .compile(),
    }
}

/// 131 beyond 8000, 2717 for the national types between 4000 and 8000.
fn too_long(t: &SqlType, length: i64, limit: i64, context: TypeContext<'_>) -> SqlError {
    let given = match context {
        TypeContext::Column { name, .. } => format!("column '{name}'"),
        _ => format!("type '{}'", t.name()),
    };
    let state = if matches!(context, TypeContext::Column { .. }) {
        2
    } else {
        3
    };
    if length > 8000 && t.name != TypeName::Vector {
        SqlError::new(
            131,
            format!("The size ({length}) given to the {given} exceeds the maximum allowed for any data type (8000)."),
        )
        .class(15)
        .state(state)
        .compile()
    } else {
        SqlError::new(
            2717,
            format!(
                "The size ({length}) given to the {given} exceeds the maximum allowed ({limit})."
            ),
        )
        .class(15)
        .state(
            if t.name == TypeName::Vector && matches!(context, TypeContext::Column { .. }) {
                4
            } else {
                state
            },
        )
        .compile()
    }
}

/// Reads a written type. `name` may be any of the synonyms, in any case.
pub fn parse_type_name(name: &str, args: &[TypeArg], context: TypeContext<'_>) -> Result<SqlType> {
    let folded = name.to_ascii_lowercase();
    let Some(mut t) = lookup(&folded) else {
        return Err(unknown_type(name, context));
    };
    match t.name {
        n if (n.is_character() || n.is_binary()) && !t.sysname => {
            t.length = sized_length(&t, args, context)?;
            Ok(t)
        }
        TypeName::Decimal | TypeName::Numeric => decimal(t, args, context),
        TypeName::Float => match args {
            [] => Ok(t),
            [TypeArg::Number(bits @ 1..=53)] if folded == "float" => {
                Ok(if *bits <= 24 { SqlType::REAL } else { t })
            }
            [TypeArg::Number(bits)] if *bits < 1 => Err(invalid_length(*bits)),
            [TypeArg::Number(bits)] => Err(SqlError::new(
                2750,
                format!(
                    "Column or parameter #{}: Specified column precision {bits} is greater than the maximum precision of 53.",
                    context.ordinal()
                ),
            )
            .compile()),
            _ => Err(takes_no_length(&t, context)),
        },
        TypeName::Time | TypeName::DateTime2 | TypeName::DateTimeOffset => {
            t.scale = match args {
                [] => 7,
                [TypeArg::Number(n)] => u8::try_from(*n)
                    .ok()
                    .filter(|s| *s <= 7)
                    .ok_or_else(|| invalid_scale(*n))?,
                _ => return Err(takes_no_length(&t, context)),
            };
            Ok(t)
        }
        TypeName::Vector => vector(t, name, args, context),
        TypeName::Xml if !args.is_empty() => {
            Err(SqlError::not_implemented("xml schema collections"))
        }
        _ if args.is_empty() => Ok(t),
        _ => Err(takes_no_length(&t, context)),
    }
}

fn sized_length(t: &SqlType, args: &[TypeArg], context: TypeContext<'_>) -> Result<i32> {
    let limit = if t.name.is_unicode() { 4000 } else { 8000 };
    match args {
        [] => Ok(context.default_length()),
        [TypeArg::Max]
            if matches!(
                t.name,
                TypeName::VarChar | TypeName::NVarChar | TypeName::VarBinary
            ) =>
        {
            Ok(SqlType::MAX)
        }
        [TypeArg::Max] => Err(SqlError::syntax("max", 0)),
        [TypeArg::Number(n)] if *n < 1 => Err(invalid_length(*n)),
        [TypeArg::Number(n)] if *n > limit => Err(too_long(t, *n, limit, context)),
        [TypeArg::Number(n)] => i32::try_from(*n).map_err(|_| invalid_length(*n)),
        _ => Err(takes_no_length(t, context)),
    }
}

fn decimal(mut t: SqlType, args: &[TypeArg], context: TypeContext<'_>) -> Result<SqlType> {
    let (precision, scale) = match args {
        [] => (18, 0),
        [TypeArg::Number(p)] => (*p, 0),
        [TypeArg::Number(p), TypeArg::Number(s)] => (*p, *s),
        _ => return Err(SqlError::syntax(t.name(), 0)),
    };
    if precision < 1 {
        return Err(invalid_length(precision));
    }
    if precision > 38 {
        return Err(SqlError::new(
            2750,
            format!(
                "Column or parameter #{}: Specified column precision {precision} is greater than the maximum precision of 38.",
                context.ordinal()
            ),
        )
        .compile());
    }
    if scale < 0 {
        return Err(invalid_scale(scale));
    }
    if scale > precision {
        return Err(match context {
            TypeContext::Column { name, .. } => SqlError::new(
                183,
                format!("The scale ({scale}) for column '{name}' must be within the range 0 to {precision}."),
            )
            .class(15)
            .compile(),
            _ => SqlError::new(192, "The scale must be less than or equal to the precision.")
                .class(15)
                .compile(),
        });
    }
    t.precision = u8::try_from(precision).unwrap_or(38);
    t.scale = u8::try_from(scale).unwrap_or(0);
    Ok(t)
}

fn vector(
    mut t: SqlType,
    name: &str,
    args: &[TypeArg],
    context: TypeContext<'_>,
) -> Result<SqlType> {
    let dimensions = match args {
        [TypeArg::Number(n)] => *n,
        [TypeArg::Number(n), TypeArg::Word(base)] if base.eq_ignore_ascii_case("float32") => *n,
        // float16 needs PREVIEW_FEATURES, which is off; the refusal is the same for any other word (195).
        [TypeArg::Number(_), TypeArg::Word(base)] => {
            return Err(SqlError::new(
                195,
                format!("'{base}' is not a recognized vector base type."),
            )
            .class(15)
            .compile());
        }
        [TypeArg::Number(n), TypeArg::Number(s)] if s > n => {
            return Err(SqlError::new(
                192,
                "The scale must be less than or equal to the precision.",
            )
            .class(15)
            .compile());
        }
        _ => return Err(unknown_type(name, context)),
    };
    if dimensions < 1 {
        return Err(invalid_length(dimensions));
    }
    if dimensions > 1998 {
        return Err(too_long(&t, dimensions, 1998, context));
    }
    t.length = i32::try_from(dimensions).unwrap_or(1998);
    Ok(t)
}
