//! Conversions: which pairs of types convert (compile time) and what they answer (run time).

mod allowed;
mod binary;
mod dates;
mod numbers;
mod strings;

use super::errors;
use super::value::{SqlType, TypeName, Value};
use crate::error::{Result, SqlError};

pub use super::type_name::{TypeArg, TypeContext, is_type_name, parse_type_name, unknown_type};
pub use allowed::{is_allowed, is_implicit};

/// What a converted value is put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignTarget<'a> {
    /// Longer text and binaries are cut silently.
    Variable,
    Parameter,
    /// Longer text and binaries are refused with 2628.
    Column {
        table: &'a str,
        column: &'a str,
    },
}

/// CAST and CONVERT. NULL stays NULL. `style` is CONVERT's third argument. Whether the pair may convert at all is
/// `is_allowed`'s question and was answered before.
// Callers say whether the conversion is implicit; no answer depends on it yet.
#[allow(clippy::only_used_in_recursion)]
pub fn cast(
    value: &Value,
    from: &SqlType,
    to: &SqlType,
    style: Option<i32>,
    implicit: bool,
) -> Result<Value> {
    if let Value::Variant(inner) = value {
        if to.name == TypeName::SqlVariant {
            return Ok(value.clone());
        }
        return cast(&inner.1, &inner.0, to, style, implicit);
    }
    if value.is_null() {
        return Ok(Value::Null);
    }
    if from == to && style.is_none() {
        return Ok(value.clone());
    }
    use TypeName as T;
    match to.name {
        T::Bit | T::TinyInt | T::SmallInt | T::Int | T::BigInt => {
            numbers::to_integer(value, from, to)
        }
        T::Real | T::Float => numbers::to_approximate(value, from, to),
        T::Decimal | T::Numeric => numbers::to_decimal(value, from, to),
        T::Money | T::SmallMoney => numbers::to_money(value, from, to),
        T::Char | T::VarChar | T::NChar | T::NVarChar | T::Text | T::NText => {
            strings::to_text(value, from, to, style)
        }
        T::Binary | T::VarBinary | T::Image | T::RowVersion => {
            binary::to_binary(value, from, to, style)
        }
        T::Date | T::Time | T::DateTime | T::SmallDateTime | T::DateTime2 | T::DateTimeOffset => {
            dates::to_date(value, from, to, style)
        }
        T::UniqueIdentifier => to_uniqueidentifier(value, from, to),
        T::Vector => to_vector(value, from, to),
        T::Json => to_json(value, from, to),
        T::SqlVariant => Ok(Value::Variant(Box::new((from.clone(), value.clone())))),
        T::Geometry => match value {
            Value::Spatial(_) => Ok(value.clone()),
            Value::Binary(b) => super::geometry::Shape::decode(b).map(|s| s.to_value()),
            Value::VarChar(s) | Value::NVarChar(s) => {
                super::geometry::Shape::parse(s, 0).map(|s| s.to_value())
            }
            _ => Err(errors::explicit_not_allowed(from, to)),
        },
        T::Xml | T::Geography | T::HierarchyId | T::Cursor | T::Table => {
            Err(SqlError::not_implemented(format_args!(
                "a conversion of {} to {}",
                from.name(),
                to.name()
            )))
        }
    }
}

/// Does TRY_CAST answer NULL for this error? The others (529, division by zero, ...) come through.
pub fn is_absorbed(number: i32) -> bool {
    matches!(
        number,
        220 | 232
            | 234
            | 235
            | 237
            | 241
            | 242
            | 244
            | 245
            | 248
            | 295
            | 8114
            | 8115
            | 8169
            | 8170
            | 9807
            | 13609
            | 13639
            | 13670
            | 42204
            | 42211
            | 42241
    )
}

/// TRY_CAST and TRY_CONVERT.
pub fn try_cast(value: &Value, from: &SqlType, to: &SqlType, style: Option<i32>) -> Result<Value> {
    match cast(value, from, to, style, false) {
        Err(e) if is_absorbed(e.number) => Ok(Value::Null),
        other => other,
    }
}

/// Puts a value into a variable, a parameter or a column. The pair was checked with `is_allowed(.., false)` before.
pub fn assign(
    value: &Value,
    from: &SqlType,
    to: &SqlType,
    target: AssignTarget<'_>,
) -> Result<Value> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    if from == to {
        return Ok(value.clone());
    }
    if let AssignTarget::Column { table, column } = target {
        let is_text =
            (from.name.is_character() || from.name.is_legacy_lob()) && to.name.is_character();
        let is_binary = from.name.is_binary() && to.name.is_binary();
        if (is_text || is_binary) && !to.is_max() {
            check_column_length(value, to, table, column)?;
        }
    }
    cast(value, from, to, None, true)
}

fn check_column_length(value: &Value, to: &SqlType, table: &str, column: &str) -> Result<()> {
    let limit = usize::try_from(to.length).unwrap_or(usize::MAX);
    let kept = match value {
        Value::VarChar(s) | Value::NVarChar(s) => {
            if s.len() <= limit || strings::length_in(s, to) <= limit {
                return Ok(());
            }
            let kept = strings::truncate(s, to);
            // Only spaces beyond the end: they are dropped without a message.
            if s[kept.len()..].bytes().all(|b| b == b' ') {
                return Ok(());
            }
            kept.to_owned()
        }
        Value::Binary(b) if b.len() > limit => String::new(),
        _ => return Ok(()),
    };
    Err(SqlError::new(
        2628,
        format!(
            "String or binary data would be truncated in table '{table}', column '{column}'. Truncated value: '{kept}'."
        ),
    ))
}

fn to_uniqueidentifier(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    match value {
        Value::UniqueIdentifier(_) => Ok(value.clone()),
        Value::VarChar(s) | Value::NVarChar(s) => super::format::parse_uniqueidentifier(s)
            .map(|b| Value::UniqueIdentifier(Box::new(b)))
            .ok_or_else(|| {
                SqlError::new(
                    8169,
                    "Conversion failed when converting from a character string to uniqueidentifier.",
                )
                .state(2)
            }),
        Value::Binary(b) => {
            let mut bytes = [0u8; 16];
            for (slot, byte) in bytes.iter_mut().zip(b.iter()) {
                *slot = *byte;
            }
            Ok(Value::UniqueIdentifier(Box::new(bytes)))
        }
        _ => Err(errors::explicit_not_allowed(from, to)),
    }
}

fn to_vector(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    let elements = match value {
        Value::Vector(v) => {
            let have = i32::try_from(v.len()).unwrap_or(0);
            if have != to.length {
                return Err(errors::vector_dimensions(have, to.length, 1));
            }
            return Ok(value.clone());
        }
        Value::VarChar(s) | Value::NVarChar(s) => super::vector::parse(s, to.length)?,
        Value::Json(s) => super::vector::parse_json(s, to.length)?,
        _ => return Err(errors::explicit_not_allowed(from, to)),
    };
    Ok(Value::Vector(elements.into()))
}

fn to_json(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    let text = match value {
        Value::Json(_) => return Ok(value.clone()),
        Value::VarChar(s) | Value::NVarChar(s) => super::json::canonicalize(s)?,
        Value::Vector(v) => super::json::canonicalize(&super::vector::to_text(v))?,
        _ => return Err(errors::explicit_not_allowed(from, to)),
    };
    Ok(Value::Json(text.into()))
}
