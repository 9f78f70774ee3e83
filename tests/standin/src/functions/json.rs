//! JSON_VALUE, JSON_QUERY, JSON_MODIFY, JSON_PATH_EXISTS, ISJSON, and the rows of OPENJSON.

use super::{Call, Entry, entry};
use crate::error::{Result, SqlError};
use crate::types::json::{self, JsonPath, JsonValue, Mode, Step};
use crate::types::{SqlType, TypeName, Value, codepage, errors};

pub(super) static FUNCTIONS: &[Entry] = &[
    entry(
        "json_value",
        2,
        2,
        |n, t, _| document(n, t).map(|()| SqlType::nvarchar(4000)),
        json_value,
    ),
    entry("json_query", 1, 2, same_document, json_query),
    entry("json_modify", 3, 3, same_document, json_modify),
    entry(
        "json_path_exists",
        2,
        2,
        |n, t, _| document(n, t).map(|()| SqlType::INT),
        path_exists,
    ),
    entry(
        "isjson",
        1,
        2,
        |n, t, _| document(n, t).map(|()| SqlType::INT),
        isjson,
    ),
];

fn document(name: &'static str, types: &[SqlType]) -> Result<()> {
    for (i, t) in types.iter().take(2).enumerate() {
        let ok = t.name.is_character() || (i == 0 && t.name == TypeName::Json);
        if !ok {
            return Err(errors::argument_invalid(t, i + 1, name));
        }
    }
    Ok(())
}

fn same_document(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    document(name, types)?;
    if let Some(t) = types.get(2).filter(|t| t.name == TypeName::Json) {
        return Err(errors::argument_invalid(t, 3, name));
    }
    Ok(if types[0].name == TypeName::Json {
        SqlType::plain(TypeName::Json)
    } else {
        SqlType::nvarchar(SqlType::MAX)
    })
}

/// 13609 states differ by function; 1 to 4 are JSON_VALUE's family.
const STATE: u8 = 1;

fn json_result(c: &Call<'_>, text: String) -> Result<Value> {
    if c.result.name == TypeName::Json {
        return Ok(Value::Json(json::canonicalize(&text)?.into()));
    }
    Ok(Value::nvarchar(text))
}

fn json_value(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let path = JsonPath::parse(&c.text(1)?)?;
    let root = json::parse(&c.text(0)?, STATE)?;
    let strict = path.mode == Mode::Strict;
    match path.find(&root) {
        None if strict => Err(JsonPath::not_found(5)),
        None => Ok(Value::Null),
        Some(found) => match found.scalar_text() {
            Some(text) if codepage::utf16_length(&text) > 4000 => {
                if strict {
                    Err(SqlError::new(
                        13625,
                        "String value in the specified JSON path would be truncated.",
                    ))
                } else {
                    Ok(Value::Null)
                }
            }
            Some(text) => Ok(Value::nvarchar(text)),
            None if strict && !matches!(found, JsonValue::Null) => Err(SqlError::new(
                13623,
                "Scalar value cannot be found in the specified JSON path.",
            )),
            None => Ok(Value::Null),
        },
    }
}

fn json_query(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let path = if c.args.len() == 2 {
        JsonPath::parse(&c.text(1)?)?
    } else {
        JsonPath::parse("$")?
    };
    let text = c.text(0)?;
    let root = json::parse(&text, STATE)?;
    let strict = path.mode == Mode::Strict;
    match path.find(&root) {
        None if strict => Err(JsonPath::not_found(5)),
        None => Ok(Value::Null),
        Some(JsonValue::Array(_) | JsonValue::Object(_)) => {
            json_result(c, path.locate(&text)?.unwrap_or_default().to_owned())
        }
        Some(_) if strict => Err(SqlError::new(
            13624,
            "Object or array cannot be found in the specified JSON path.",
        )),
        Some(_) => Ok(Value::Null),
    }
}

fn path_exists(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let path = JsonPath::parse(&c.text(1)?)?;
    let found = match json::parse(&c.text(0)?, STATE) {
        Ok(root) => path.find(&root).is_some(),
        Err(e) if path.mode == Mode::Strict => return Err(e),
        Err(_) => false,
    };
    Ok(Value::Int(i32::from(found)))
}

fn isjson(c: &Call<'_>) -> Result<Value> {
    if c.args[0].is_null() {
        return Ok(Value::Null);
    }
    if c.args.len() == 2 {
        return Err(SqlError::not_implemented("ISJSON with a type constraint"));
    }
    Ok(Value::Int(i32::from(json::is_json(&c.text(0)?))))
}

fn json_modify(c: &Call<'_>) -> Result<Value> {
    if c.args[0].is_null() || c.args[1].is_null() {
        return Ok(Value::Null);
    }
    let path = JsonPath::parse(&c.text(1)?)?;
    let mut root = json::parse(&c.text(0)?, 2)?;
    let new = new_value(c)?;
    let Some((last, parents)) = path.steps.split_last() else {
        return Err(SqlError::not_implemented(
            "JSON_MODIFY of the whole document",
        ));
    };
    let strict = path.mode == Mode::Strict;
    let text = c.text(0)?;
    if let Some(spliced) = splice(&text, &path, new.as_ref())? {
        return json_result(c, spliced);
    }
    let mut compact = String::new();
    root.write(&mut compact);
    if compact != *text {
        return Err(SqlError::not_implemented(
            "JSON_MODIFY that adds or removes members of a document with blanks or unusual escapes",
        ));
    }
    let Some(target) = find_mut(&mut root, parents) else {
        if strict {
            return Err(JsonPath::not_found(2));
        }
        return json_result(c, text.to_string());
    };
    edit(target, last, new, &path)?;
    let mut out = String::new();
    root.write(&mut out);
    json_result(c, out)
}

/// Replacing an existing value keeps the rest of the document as it is written.
fn splice(text: &str, path: &JsonPath, new: Option<&JsonValue>) -> Result<Option<String>> {
    let indexed = matches!(path.steps.last(), Some(Step::Index(_)));
    if path.append || (new.is_none() && path.mode == Mode::Lax && !indexed) {
        return Ok(None);
    }
    let Some(old) = path.locate(text)? else {
        return Ok(None);
    };
    let start = old.as_ptr() as usize - text.as_ptr() as usize;
    let mut out = text[..start].to_owned();
    new.unwrap_or(&JsonValue::Null).write(&mut out);
    out.push_str(&text[start + old.len()..]);
    Ok(Some(out))
}

fn find_mut<'a>(root: &'a mut JsonValue, steps: &[Step]) -> Option<&'a mut JsonValue> {
    steps
        .iter()
        .try_fold(root, |value, step| match (step, value) {
            (Step::Name(name), JsonValue::Object(members)) => members
                .iter_mut()
                .find(|(_, n, _)| n == name)
                .map(|(_, _, v)| v),
            (Step::Index(i), JsonValue::Array(items)) => items.get_mut(*i),
            _ => None,
        })
}

/// The third argument as JSON; NULL deletes.
fn new_value(c: &Call<'_>) -> Result<Option<JsonValue>> {
    Ok(match &c.args[2] {
        Value::Null => None,
        Value::Bit(b) => Some(JsonValue::Bool(*b)),
        Value::VarChar(s) | Value::NVarChar(s) => Some(JsonValue::String(s.to_string())),
        Value::TinyInt(_)
        | Value::SmallInt(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Decimal(_) => Some(JsonValue::Number(c.text(2)?.to_string())),
        _ => {
            return Err(SqlError::not_implemented(format_args!(
                "JSON_MODIFY with a value of type {}",
                c.types[2].name()
            )));
        }
    })
}

fn edit(
    target: &mut JsonValue,
    last: &Step,
    new: Option<JsonValue>,
    path: &JsonPath,
) -> Result<()> {
    let strict = path.mode == Mode::Strict;
    match (target, last) {
        (JsonValue::Object(members), Step::Name(name)) => {
            let at = members.iter().position(|(_, n, _)| n == name);
            if path.append {
                match at.map(|i| &mut members[i].2) {
                    Some(JsonValue::Array(items)) => items.push(new.unwrap_or(JsonValue::Null)),
                    Some(_) if strict => {
                        return Err(SqlError::new(
                            13621,
                            "Array cannot be found in the specified JSON path.",
                        ));
                    }
                    Some(_) => {}
                    None if strict => return Err(JsonPath::not_found(2)),
                    None => {
                        let items = vec![new.unwrap_or(JsonValue::Null)];
                        members.push((escaped(name), name.clone(), JsonValue::Array(items)));
                    }
                }
                return Ok(());
            }
            match (at, new) {
                (Some(i), Some(value)) => members[i].2 = value,
                (Some(i), None) if strict => members[i].2 = JsonValue::Null,
                (Some(i), None) => drop(members.remove(i)),
                (None, _) if strict => return Err(JsonPath::not_found(2)),
                (None, Some(value)) => members.push((escaped(name), name.clone(), value)),
                (None, None) => {}
            }
        }
        (JsonValue::Array(items), Step::Index(i)) => match items.get_mut(*i) {
            Some(JsonValue::Array(inner)) if path.append => {
                inner.push(new.unwrap_or(JsonValue::Null))
            }
            Some(slot) if !path.append => *slot = new.unwrap_or(JsonValue::Null),
            None if strict => return Err(JsonPath::not_found(2)),
            _ => {}
        },
        _ if strict => return Err(JsonPath::not_found(2)),
        _ => {}
    }
    Ok(())
}

fn escaped(name: &str) -> String {
    let mut quoted = String::new();
    JsonValue::String(name.to_owned()).write(&mut quoted);
    quoted[1..quoted.len() - 1].to_owned()
}

/// One row of OPENJSON without WITH.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenJsonRow {
    pub key: String,
    pub value: Option<String>,
    pub kind: i32,
}

/// OPENJSON(document, path): the members of the object or array that the path names. Lax and not found: no rows.
pub fn open_json(text: &str, path: &str) -> Result<Vec<OpenJsonRow>> {
    let path = JsonPath::parse(path)?;
    let root = json::parse(text, 4)?;
    match path.find(&root) {
        Some(JsonValue::Object(_) | JsonValue::Array(_)) => {
            let container = path.locate(text)?.unwrap_or_default();
            let rows = json::members(container)?.into_iter().map(|m| OpenJsonRow {
                value: match &m.value {
                    JsonValue::Array(_) | JsonValue::Object(_) => Some(m.raw.to_owned()),
                    scalar => scalar.scalar_text(),
                },
                kind: m.value.kind() as i32,
                key: m.key,
            });
            Ok(rows.collect())
        }
        Some(_) if path.mode == Mode::Strict => Err(SqlError::new(
            13611,
            "Value referenced by JSON path is not an array or object and cannot be opened with OPENJSON.",
        )),
        None if path.mode == Mode::Strict => Err(JsonPath::not_found(7)),
        _ => Ok(Vec::new()),
    }
}
