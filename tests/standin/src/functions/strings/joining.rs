//! CONCAT and CONCAT_WS.

use super::{cut, text_check, text_type};
use crate::error::Result;
use crate::functions::Call;
use crate::types::{SqlType, TypeName, Value, errors};

pub(super) fn concat_type(
    name: &'static str,
    types: &[SqlType],
    _: &[Option<Value>],
) -> Result<SqlType> {
    for (i, t) in types.iter().enumerate() {
        if t.name == TypeName::Json {
            return Err(errors::implicit_not_allowed(t, &SqlType::varchar(1)));
        }
        text_check(name, t, i + 1).map_err(|e| e.state(9))?;
    }
    let unicode = types.iter().any(|t| t.name.is_unicode());
    let limit = if unicode { 4000 } else { 8000 };
    if types.iter().any(SqlType::is_max) {
        let name = if unicode {
            TypeName::NVarChar
        } else {
            TypeName::VarChar
        };
        return Ok(SqlType::sized(name, SqlType::MAX));
    }
    let separators = if name == "concat_ws" {
        types.len().saturating_sub(2)
    } else {
        1
    };
    let width = |t: &SqlType| match t.name {
        TypeName::Int => 12,
        TypeName::BigInt => 24,
        _ => text_type(t).length,
    };
    let total: i32 = types
        .iter()
        .enumerate()
        .map(|(i, t)| {
            let times = if i == 0 && name == "concat_ws" {
                i32::try_from(separators).unwrap_or(1)
            } else {
                1
            };
            width(t).saturating_mul(times)
        })
        .fold(0, i32::saturating_add);
    let kind = if unicode {
        TypeName::NVarChar
    } else {
        TypeName::VarChar
    };
    Ok(SqlType::sized(kind, total.clamp(1, limit)))
}

/// NULL arguments are skipped; the answer is never NULL.
pub(super) fn concat(c: &Call<'_>, first: usize) -> Result<Value> {
    let separator = if first == 1 && !c.args[0].is_null() {
        c.text(0)?
    } else {
        "".into()
    };
    let mut out = String::new();
    let mut any = false;
    for i in first..c.args.len() {
        if c.args[i].is_null() {
            continue;
        }
        if any {
            out.push_str(&separator);
        }
        any = true;
        out.push_str(&c.text(i)?);
    }
    Ok(cut(c, &out))
}
