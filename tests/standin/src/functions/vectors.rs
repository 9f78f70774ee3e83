//! VECTOR_DISTANCE, VECTOR_NORM, VECTOR_NORMALIZE, VECTORPROPERTY. All are nondeterministic to SQL Server (4936).

use super::{Call, Entry, nondeterministic};
use crate::error::{Result, SqlError};
use crate::types::vector::{self, Metric};
use crate::types::{SqlType, TypeName, Value, errors};

pub(super) static FUNCTIONS: &[Entry] = &[
    nondeterministic("vector_distance", 3, 3, distance_type, distance),
    nondeterministic("vector_norm", 2, 2, norm_type, norm),
    nondeterministic("vector_normalize", 2, 2, normalize_type, normalize),
    nondeterministic("vectorproperty", 2, 2, property_type, property),
];

/// A bare NULL stands for any type: the answer is NULL.
fn check(
    name: &'static str,
    (types, literals): (&[SqlType], &[Option<Value>]),
    position: usize,
    text: bool,
) -> Result<()> {
    let t = &types[position - 1];
    let null = matches!(literals.get(position - 1), Some(Some(Value::Null)));
    let ok = if null {
        true
    } else if text {
        t.name.is_character()
    } else {
        t.name == TypeName::Vector
    };
    if ok {
        Ok(())
    } else {
        Err(errors::argument_invalid(t, position, name))
    }
}

/// A string literal is not converted inside the function: 8116 for anything that is not a vector.
fn distance_type(
    name: &'static str,
    types: &[SqlType],
    literals: &[Option<Value>],
) -> Result<SqlType> {
    check(name, (types, literals), 1, true)?;
    check(name, (types, literals), 2, false)?;
    check(name, (types, literals), 3, false)?;
    Ok(SqlType::FLOAT)
}

fn norm_type(name: &'static str, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType> {
    check(name, (types, literals), 1, false)?;
    check(name, (types, literals), 2, true)?;
    Ok(SqlType::FLOAT)
}

fn normalize_type(
    name: &'static str,
    types: &[SqlType],
    literals: &[Option<Value>],
) -> Result<SqlType> {
    norm_type(name, types, literals)?;
    if types[0].name != TypeName::Vector {
        return Err(SqlError::not_implemented("vector_normalize of a bare NULL"));
    }
    Ok(types[0].clone())
}

fn property_type(
    name: &'static str,
    types: &[SqlType],
    literals: &[Option<Value>],
) -> Result<SqlType> {
    norm_type(name, types, literals)?;
    if types[0].name != TypeName::Vector {
        // A bare NULL is a varbinary to this function alone.
        return Err(errors::argument_invalid(&SqlType::varbinary(1), 1, name).state(36));
    }
    // sql_variant on the server; a literal property name decides what is inside.
    let base = literals
        .get(1)
        .and_then(|l| l.as_ref())
        .and_then(Value::as_text)
        .unwrap_or("");
    Ok(if base.trim_end().eq_ignore_ascii_case("basetype") {
        SqlType::nvarchar(10)
    } else {
        SqlType::INT
    })
}

fn distance(c: &Call<'_>) -> Result<Value> {
    match (&c.args[0], &c.args[1], &c.args[2]) {
        (Value::VarChar(m) | Value::NVarChar(m), Value::Vector(a), Value::Vector(b)) => {
            Ok(Value::Float(vector::distance(Metric::parse(m)?, a, b)?))
        }
        _ => Ok(Value::Null),
    }
}

fn norm(c: &Call<'_>) -> Result<Value> {
    match (&c.args[0], &c.args[1]) {
        (Value::Vector(v), Value::VarChar(kind) | Value::NVarChar(kind)) => {
            Ok(Value::Float(vector::norm(kind, v)?))
        }
        _ => Ok(Value::Null),
    }
}

fn normalize(c: &Call<'_>) -> Result<Value> {
    let (Value::Vector(v), Value::VarChar(kind) | Value::NVarChar(kind)) = (&c.args[0], &c.args[1])
    else {
        return Ok(Value::Null);
    };
    #[allow(clippy::cast_possible_truncation)]
    let norm = vector::norm(kind, v)? as f32;
    // A norm of zero or beyond float32 gives zeros.
    let scaled: Vec<f32> = if norm == 0.0 || norm.is_infinite() {
        vec![0.0; v.len()]
    } else {
        v.iter().map(|x| x / norm).collect()
    };
    Ok(Value::Vector(scaled.into()))
}

fn property(c: &Call<'_>) -> Result<Value> {
    let (Value::Vector(v), Value::VarChar(name) | Value::NVarChar(name)) = (&c.args[0], &c.args[1])
    else {
        return Ok(Value::Null);
    };
    let name = name.trim_end();
    Ok(if name.eq_ignore_ascii_case("dimensions") {
        Value::Int(i32::try_from(v.len()).unwrap_or(0))
    } else if name.eq_ignore_ascii_case("basetype") {
        Value::nvarchar("float32")
    } else {
        Value::Null
    })
}
