//! BIT_COUNT, HASHBYTES and identifiers.

use sha2::{Digest, Sha256, Sha512};

use super::{Call, Entry, entry, nondeterministic};
use crate::error::{Result, SqlError};
use crate::types::{SqlType, TypeName, Value, codepage, errors};

pub(super) static FUNCTIONS: &[Entry] = &[
    entry("bit_count", 1, 1, bit_count_type, bit_count),
    entry("hashbytes", 2, 2, hash_type, hash),
    nondeterministic(
        "newid",
        0,
        0,
        |_, _, _| Ok(SqlType::plain(TypeName::UniqueIdentifier)),
        newid,
    ),
];

fn bit_count_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    let t = &types[0];
    if t.name.is_integer() || t.name == TypeName::Bit || t.name.is_binary() {
        Ok(SqlType::BIGINT)
    } else {
        Err(errors::argument_invalid(t, 1, name))
    }
}

fn bit_count(c: &Call<'_>) -> Result<Value> {
    let count = match &c.args[0] {
        Value::Null => return Ok(Value::Null),
        Value::Binary(b) => b.iter().map(|x| x.count_ones()).sum(),
        Value::TinyInt(v) => v.count_ones(),
        Value::SmallInt(v) => v.count_ones(),
        Value::Int(v) => v.count_ones(),
        Value::BigInt(v) => v.count_ones(),
        Value::Bit(v) => u32::from(*v),
        _ => 0,
    };
    Ok(Value::BigInt(i64::from(count)))
}

/// varbinary(8000). Only text and binaries are hashed: 8116 (state 6 for a vector).
fn hash_type(name: &'static str, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType> {
    if !types[0].name.is_character() {
        return Err(errors::argument_invalid(&types[0], 1, name));
    }
    let t = &types[1];
    if !(t.name.is_character() || t.name.is_binary() || t.name == TypeName::RowVersion) {
        let e = errors::argument_invalid(t, 2, name);
        return Err(if t.name == TypeName::Vector {
            e.state(6)
        } else {
            e
        });
    }
    if let Some(text) = literals
        .first()
        .and_then(|l| l.as_ref())
        .and_then(Value::as_text)
    {
        check_algorithm(text)?;
    }
    Ok(SqlType::varbinary(8000))
}

fn check_algorithm(name: &str) -> Result<()> {
    match name.to_ascii_uppercase().as_str() {
        "MD2" | "MD4" | "MD5" | "SHA" | "SHA1" => Err(SqlError::not_implemented(format_args!(
            "HASHBYTES with {name}"
        ))),
        _ => Ok(()),
    }
}

fn hash(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let algorithm = c.text(0)?;
    let owned;
    let bytes: &[u8] = match &c.args[1] {
        Value::Binary(b) => b,
        Value::VarChar(s) if s.is_ascii() => s.as_bytes(),
        Value::VarChar(s) => {
            owned = codepage::encode(s);
            &owned
        }
        Value::NVarChar(s) => {
            owned = codepage::utf16_bytes(s);
            &owned
        }
        _ => return Ok(Value::Null),
    };
    check_algorithm(&algorithm)?;
    Ok(match algorithm.to_ascii_uppercase().as_str() {
        "SHA2_256" => Value::binary(Sha256::digest(bytes)),
        "SHA2_512" => Value::binary(Sha512::digest(bytes)),
        // An unknown algorithm answers NULL.
        _ => Value::Null,
    })
}

fn newid(c: &Call<'_>) -> Result<Value> {
    let mut b = [0u8; 16];
    b[..8].copy_from_slice(&c.env.random().to_le_bytes());
    b[8..].copy_from_slice(&c.env.random().to_le_bytes());
    // Version 4, variant 1; the third group is little-endian in storage.
    b[7] = (b[7] & 0x0F) | 0x40;
    b[8] = (b[8] & 0x3F) | 0x80;
    Ok(Value::UniqueIdentifier(Box::new(b)))
}
