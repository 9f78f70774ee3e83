//! LEN to TRANSLATE.

mod codes;
mod joining;
mod quoting;
mod search;

use self::codes::{ascii, char_, nchar, str_, unicode};
use self::joining::{concat, concat_type};
use self::quoting::{parsename, quotename, string_escape};
use self::search::{charindex, charindex_type, patindex, patindex_type, replace, replace_type};
use super::{Call, Entry, entry};
use crate::error::{Result, SqlError};
use crate::types::{SqlType, TypeName, Value, codepage, collation, errors};

pub(super) static FUNCTIONS: &[Entry] = &[
    entry("len", 1, 1, length_type, len),
    entry("datalength", 1, 1, data_length_type, data_length),
    entry("left", 2, 2, same_text, |c| side(c, true)),
    entry("right", 2, 2, same_text, |c| side(c, false)),
    entry("substring", 2, 3, substring_type, substring),
    entry("charindex", 2, 3, charindex_type, charindex),
    entry("patindex", 2, 2, patindex_type, patindex),
    entry("replace", 3, 3, replace_type, replace),
    entry("replicate", 2, 2, grown_text, replicate),
    entry("reverse", 1, 1, same_text, |c| {
        map(c, |s| s.chars().rev().collect())
    }),
    entry("space", 1, 1, |_, _, _| Ok(SqlType::varchar(8000)), space),
    entry("stuff", 4, 4, grown_text, stuff),
    entry("upper", 1, 1, same_text, |c| map(c, upper)),
    entry("lower", 1, 1, same_text, |c| map(c, lower)),
    entry("ltrim", 1, 2, same_text, |c| trim(c, true, false)),
    entry("rtrim", 1, 2, same_text, |c| trim(c, false, true)),
    entry("trim", 1, 2, same_text, |c| trim(c, true, true)),
    entry("concat", 2, 254, concat_type, |c| concat(c, 0)),
    entry("concat_ws", 3, 254, concat_type, |c| concat(c, 1)),
    entry("str", 1, 3, |_, _, _| Ok(SqlType::varchar(8000)), str_),
    entry(
        "char",
        1,
        1,
        |_, _, _| Ok(SqlType::sized(TypeName::Char, 1)),
        char_,
    ),
    entry(
        "nchar",
        1,
        1,
        |_, _, _| Ok(SqlType::sized(TypeName::NChar, 1)),
        nchar,
    ),
    entry(
        "ascii",
        1,
        1,
        |n, t, _| text_check(n, &t[0], 1).map(|()| SqlType::INT),
        ascii,
    ),
    entry(
        "unicode",
        1,
        1,
        |n, t, _| text_check(n, &t[0], 1).map(|()| SqlType::INT),
        unicode,
    ),
    entry(
        "quotename",
        1,
        2,
        |_, _, _| Ok(SqlType::nvarchar(258)),
        quotename,
    ),
    entry("translate", 3, 3, same_text, translate),
    entry(
        "string_escape",
        2,
        2,
        |_, _, _| Ok(SqlType::nvarchar(SqlType::MAX)),
        string_escape,
    ),
    entry(
        "parsename",
        2,
        2,
        |_, _, _| Ok(SqlType::SYSNAME.with_length(128)),
        parsename,
    ),
];

/// What the string functions take: text, and what converts to it implicitly. 8116 otherwise.
fn text_check(name: &str, t: &SqlType, position: usize) -> Result<()> {
    let refused =
        t.is_incomparable() || matches!(t.name, TypeName::SqlVariant | TypeName::HierarchyId);
    if refused {
        Err(errors::argument_invalid(t, position, name))
    } else {
        Ok(())
    }
}

/// The text type that an argument has after its implicit conversion.
fn text_type(t: &SqlType) -> SqlType {
    if t.name.is_character() {
        let mut out = t.clone();
        out.sysname = false;
        return out;
    }
    let length = match t.name {
        n if n.is_binary() => t.length,
        TypeName::UniqueIdentifier => 36,
        TypeName::Decimal | TypeName::Numeric => 41,
        _ => 30,
    };
    SqlType::varchar(length)
}

fn variable(mut t: SqlType) -> SqlType {
    t.name = match t.name {
        TypeName::Char => TypeName::VarChar,
        TypeName::NChar => TypeName::NVarChar,
        n => n,
    };
    t
}

fn same_text(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    text_check(name, &types[0], 1)?;
    Ok(variable(text_type(&types[0])))
}

/// REPLICATE and STUFF: up to 8000 bytes unless an argument is (max).
fn grown_text(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    text_check(name, &types[0], 1)?;
    let mut t = variable(text_type(&types[0]));
    if let Some(last) = types.get(3) {
        text_check(name, last, 4)?;
        if last.name.is_unicode() {
            t.name = TypeName::NVarChar;
        }
        if last.is_max() {
            t.length = SqlType::MAX;
        }
    }
    if !t.is_max() {
        t.length = if t.name.is_unicode() { 4000 } else { 8000 };
    }
    Ok(t)
}

fn length_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    text_check(name, &types[0], 1)?;
    Ok(if types[0].is_max() {
        SqlType::BIGINT
    } else {
        SqlType::INT
    })
}

fn data_length_type(_: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    let t = &types[0];
    let large = t.is_max() || t.max_length_bytes() == -1;
    Ok(if large { SqlType::BIGINT } else { SqlType::INT })
}

fn counted(c: &Call<'_>, n: usize) -> Value {
    if c.result.name == TypeName::BigInt {
        Value::BigInt(i64::try_from(n).unwrap_or(i64::MAX))
    } else {
        Value::Int(i32::try_from(n).unwrap_or(i32::MAX))
    }
}

fn len(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let text = c.text(0)?;
    Ok(counted(
        c,
        codepage::utf16_length(text.trim_end_matches(' ')),
    ))
}

fn data_length(c: &Call<'_>) -> Result<Value> {
    let t = &c.types[0];
    let n = match &c.args[0] {
        Value::Null => return Ok(Value::Null),
        Value::VarChar(s) => codepage::byte_length(s),
        Value::NVarChar(s) => codepage::utf16_length(s) * 2,
        Value::Binary(b) => b.len(),
        Value::Spatial(b) => b.len(),
        Value::Vector(v) => crate::types::vector::storage_length(v.len()),
        Value::Json(_) | Value::Xml(_) | Value::Variant(_) => {
            return Err(SqlError::not_implemented(format_args!(
                "DATALENGTH of {}",
                t.name()
            )));
        }
        _ => usize::try_from(t.max_length_bytes()).unwrap_or(0),
    };
    Ok(counted(c, n))
}

/// `count` UTF-16 units from `start` (0-based).
fn units(text: &str, start: usize, count: usize) -> String {
    if text.is_ascii() {
        let from = start.min(text.len());
        let to = from.saturating_add(count).min(text.len());
        return text[from..to].to_owned();
    }
    let all: Vec<u16> = text.encode_utf16().skip(start).take(count).collect();
    String::from_utf16_lossy(&all)
}

fn side(c: &Call<'_>, left: bool) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let text = c.text(0)?;
    let wanted = c.integer(1)?;
    let Ok(count) = usize::try_from(wanted) else {
        return Err(length_error(if left { "left" } else { "right" }));
    };
    let have = codepage::utf16_length(&text);
    let count = count.min(have);
    Ok(c.made(units(&text, if left { 0 } else { have - count }, count)))
}

/// 536 for LEFT and RIGHT, 537 for SUBSTRING: a negative length.
fn length_error(function: &str) -> SqlError {
    if function == "substring" {
        SqlError::new(
            537,
            "Invalid length parameter passed to the LEFT or SUBSTRING function.",
        )
        .state(3)
    } else {
        SqlError::new(
            536,
            format!("Invalid length parameter passed to the {function} function."),
        )
    }
}

fn substring_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    let t = &types[0];
    if !(t.name.is_character() || t.name.is_binary()) {
        return Err(errors::argument_invalid(t, 1, name));
    }
    Ok(match t.name {
        TypeName::Binary => SqlType::varbinary(t.length),
        TypeName::VarBinary => t.clone(),
        _ => variable(text_type(t)),
    })
}

fn substring(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let start = c.integer(1)?;
    let length = if c.args.len() == 3 {
        c.integer(2)?
    } else {
        i64::from(i32::MAX)
    };
    if length < 0 {
        return Err(length_error("substring"));
    }
    // A start below 1 eats into the length.
    let end = start.saturating_add(length).max(1);
    let from = usize::try_from(start.max(1) - 1).unwrap_or(0);
    let count = usize::try_from(end - 1).unwrap_or(0).saturating_sub(from);
    if let Value::Binary(b) = &c.args[0] {
        let from = from.min(b.len());
        let to = from.saturating_add(count).min(b.len());
        return Ok(Value::binary(&b[from..to]));
    }
    Ok(c.made(units(&c.text(0)?, from, count)))
}

/// The text cut at the result's length.
fn cut(c: &Call<'_>, text: &str) -> Value {
    match usize::try_from(c.result.length) {
        Ok(limit) => c.made(codepage::truncate_utf16(text, limit)),
        Err(_) => c.made(text),
    }
}

fn replicate(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let text = c.text(0)?;
    let Ok(count) = usize::try_from(c.integer(1)?) else {
        return Ok(Value::Null);
    };
    let enough = usize::try_from(c.result.length).map_or(count, |limit| {
        count.min(limit / codepage::utf16_length(&text).max(1) + 1)
    });
    Ok(cut(c, &text.repeat(enough)))
}

fn space(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match usize::try_from(c.integer(0)?) {
        Ok(n) => Value::varchar(" ".repeat(n.min(8000))),
        Err(_) => Value::Null,
    })
}

fn stuff(c: &Call<'_>) -> Result<Value> {
    if c.args[..3].iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    let text = c.text(0)?;
    let have = i64::try_from(codepage::utf16_length(&text)).unwrap_or(0);
    let (start, length) = (c.integer(1)?, c.integer(2)?);
    if start < 1 || start > have || length < 0 {
        return Ok(Value::Null);
    }
    let with = if c.args[3].is_null() {
        "".into()
    } else {
        c.text(3)?
    };
    let from = usize::try_from(start - 1).unwrap_or(0);
    let skip = usize::try_from(length.min(have)).unwrap_or(0);
    Ok(cut(
        c,
        &format!(
            "{}{with}{}",
            units(&text, 0, from),
            units(&text, from + skip, usize::MAX)
        ),
    ))
}

fn map(c: &Call<'_>, f: impl Fn(&str) -> String) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(c.made(f(&c.text(0)?)))
}

/// One character stays one character: ß has no upper case here.
fn upper(text: &str) -> String {
    text.chars()
        .map(|ch| {
            let mut upper = ch.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(u), None) => u,
                _ => ch,
            }
        })
        .collect()
}

fn lower(text: &str) -> String {
    text.chars()
        .map(|ch| {
            let mut lower = ch.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(l), None) => l,
                _ => ch,
            }
        })
        .collect()
}

fn trim(c: &Call<'_>, start: bool, end: bool) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let text = c.text(0)?;
    let set: Vec<char> = if c.args.len() == 2 {
        c.text(1)?.chars().collect()
    } else {
        vec![' ']
    };
    let hit = |x: char| set.iter().any(|s| collation::same_char(*s, x));
    let mut kept: &str = &text;
    if start {
        kept = kept.trim_start_matches(hit);
    }
    if end {
        kept = kept.trim_end_matches(hit);
    }
    Ok(c.made(kept))
}

fn translate(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let from: Vec<char> = c.text(1)?.chars().collect();
    let to: Vec<char> = c.text(2)?.chars().collect();
    if from.len() != to.len() {
        return Err(SqlError::new(
            9828,
            "The second and third arguments of the TRANSLATE built-in function must contain an equal number of characters.",
        ));
    }
    let text = c.text(0)?;
    let swapped: String = text
        .chars()
        .map(|ch| {
            from.iter()
                .position(|f| collation::same_char(*f, ch))
                .map_or(ch, |i| to[i])
        })
        .collect();
    Ok(c.made(swapped))
}
