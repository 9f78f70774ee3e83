//! SQL_VARIANT_PROPERTY.

use super::{Call, Entry, entry};
use crate::error::{Result, SqlError};
use crate::types::{SqlType, TypeName, Value, convert, errors};

pub(super) static FUNCTIONS: &[Entry] =
    &[entry("sql_variant_property", 2, 2, property_type, property)];

fn property_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    let variant = SqlType::plain(TypeName::SqlVariant);
    if types[0].name == TypeName::Vector {
        return Err(errors::argument_invalid(&types[0], 1, name).state(6));
    }
    convert::is_allowed(&types[0], &variant, false)?;
    if !types[1].name.is_character() {
        return Err(errors::argument_invalid(&types[1], 2, name));
    }
    Ok(variant)
}

/// NULL for a NULL and for a property that is not known.
fn property(c: &Call<'_>) -> Result<Value> {
    let (ty, value) = match &c.args[0] {
        Value::Variant(inner) => (&inner.0, &inner.1),
        other => (&c.types[0], other),
    };
    if value.is_null() || c.args[1].is_null() {
        return Ok(Value::Null);
    }
    let number = |n: i32| Value::Variant(Box::new((SqlType::INT, Value::Int(n))));
    let name =
        |text: &str| Value::Variant(Box::new((SqlType::nvarchar(128), Value::nvarchar(text))));
    Ok(match c.text(1)?.trim_end().to_ascii_lowercase().as_str() {
        "basetype" => name(ty.name.as_str()),
        "precision" => number(i32::from(ty.catalog_precision())),
        "scale" => number(i32::from(ty.catalog_scale())),
        "maxlength" => number(i32::from(ty.max_length_bytes())),
        "collation" if ty.name.is_character() => name(if ty.binary_collation {
            "Latin1_General_BIN2"
        } else {
            "SQL_Latin1_General_CP1_CI_AS"
        }),
        "totalbytes" => {
            return Err(SqlError::not_implemented(
                "the property TotalBytes of a sql_variant",
            ));
        }
        _ => Value::Null,
    })
}
