//! LEN to TRANSLATE.

use super::{Call, Entry, entry};
use crate::error::{Result, SqlError};
use crate::types::like::LikePattern;
use crate::types::{SqlType, TypeName, Value, codepage, collation, convert, errors, format};

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

fn charindex_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    for (i, t) in types.iter().take(2).enumerate() {
        text_check(name, t, i + 1)?;
    }
    Ok(if types[1].is_max() {
        SqlType::BIGINT
    } else {
        SqlType::INT
    })
}

/// First position of `needle` at or after `from`, in characters, under the collation.
fn find(haystack: &[char], needle: &[char], from: usize, binary: bool) -> Option<usize> {
    if needle.is_empty() || needle.len() > haystack.len() {
        return None;
    }
    (from..=haystack.len() - needle.len()).find(|&at| {
        haystack[at..at + needle.len()]
            .iter()
            .zip(needle)
            .all(|(a, b)| {
                if binary {
                    a == b
                } else {
                    collation::same_char(*a, *b)
                }
            })
    })
}

fn binary_search(c: &Call<'_>) -> bool {
    c.types.iter().any(|t| t.binary_collation)
}

fn charindex(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let needle: Vec<char> = c.text(0)?.chars().collect();
    let haystack: Vec<char> = c.text(1)?.chars().collect();
    let start = if c.args.len() == 3 {
        usize::try_from(c.integer(2)?.max(1) - 1).unwrap_or(0)
    } else {
        0
    };
    let at = find(&haystack, &needle, start, binary_search(c)).map_or(0, |at| {
        haystack[..at].iter().map(|c| c.len_utf16()).sum::<usize>() + 1
    });
    Ok(counted(c, at))
}

fn patindex_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    if !types[1].name.is_character() {
        return Err(errors::argument_invalid(&types[1], 2, name));
    }
    Ok(if types[1].is_max() {
        SqlType::BIGINT
    } else {
        SqlType::INT
    })
}

fn patindex(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let pattern = LikePattern::new(
        &c.text(0)?,
        None,
        c.types[1].name.is_unicode(),
        binary_search(c),
    )?;
    Ok(counted(c, pattern.position(&c.text(1)?)))
}

fn replace_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    for (i, t) in types.iter().enumerate() {
        text_check(name, t, i + 1).map_err(|e| e.state(6))?;
    }
    let max = types.iter().any(SqlType::is_max);
    let unicode = types.iter().any(|t| t.name.is_unicode());
    Ok(match (unicode, max) {
        (true, true) => SqlType::nvarchar(SqlType::MAX),
        (true, false) => SqlType::nvarchar(4000),
        (false, true) => SqlType::varchar(SqlType::MAX),
        (false, false) => SqlType::varchar(8000),
    })
}

fn replace(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let text: Vec<char> = c.text(0)?.chars().collect();
    let needle: Vec<char> = c.text(1)?.chars().collect();
    let with = c.text(2)?;
    let mut out = String::new();
    let mut at = 0;
    while let Some(hit) = find(&text, &needle, at, binary_search(c)) {
        out.extend(&text[at..hit]);
        out.push_str(&with);
        at = hit + needle.len();
    }
    out.extend(&text[at..]);
    Ok(cut(c, &out))
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

fn concat_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
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
fn concat(c: &Call<'_>, first: usize) -> Result<Value> {
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

fn str_(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let value = c.float(0)?;
    let width = if c.args.len() > 1 { c.int(1)? } else { 10 };
    let decimals = if c.args.len() > 2 { c.int(2)? } else { 0 };
    let (Ok(width), Ok(decimals)) = (usize::try_from(width), usize::try_from(decimals)) else {
        return Ok(Value::Null);
    };
    let decimals = decimals.min(16);
    let mut text = rounded_text(value, decimals);
    if text.len() > width {
        // The fraction gives way before the number becomes asterisks.
        let whole = rounded_text(value, 0).len();
        text = if whole > width {
            "*".repeat(width)
        } else {
            rounded_text(value, width.saturating_sub(whole + 1).min(decimals))
        };
    }
    Ok(Value::varchar(format!("{text:>width$}")))
}

/// Half away from zero, at 17 significant digits of the double.
fn rounded_text(value: f64, decimals: usize) -> String {
    let exact = convert::cast(
        &Value::Float(value),
        &SqlType::FLOAT,
        &SqlType::numeric(38, u8::try_from(decimals).unwrap_or(0)),
        None,
        true,
    );
    match exact {
        Ok(Value::Decimal(d)) => format::decimal(&d),
        _ => format!("{value:.decimals$}"),
    }
}

fn char_(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match u8::try_from(c.integer(0)?) {
        Ok(b) => Value::varchar(codepage::decode_byte(b).to_string()),
        Err(_) => Value::Null,
    })
}

fn nchar(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match u16::try_from(c.integer(0)?) {
        Ok(unit) => Value::nvarchar(String::from_utf16_lossy(&[unit])),
        Err(_) => Value::Null,
    })
}

fn ascii(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match c.text(0)?.chars().next() {
        Some(ch) => Value::Int(i32::from(codepage::encode_char(ch).unwrap_or(b'?'))),
        None => Value::Null,
    })
}

fn unicode(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    Ok(match c.text(0)?.encode_utf16().next() {
        Some(unit) => Value::Int(i32::from(unit)),
        None => Value::Null,
    })
}

fn quotename(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let text = c.text(0)?;
    let delimiter = if c.args.len() == 2 {
        c.text(1)?.chars().next()
    } else {
        Some('[')
    };
    let (open, close) = match delimiter {
        Some('[' | ']') => ('[', ']'),
        Some('(' | ')') => ('(', ')'),
        Some('<' | '>') => ('<', '>'),
        Some('{' | '}') => ('{', '}'),
        Some(q @ ('"' | '\'' | '`')) => (q, q),
        _ => return Ok(Value::Null),
    };
    if codepage::utf16_length(&text) > 128 {
        return Ok(Value::Null);
    }
    let mut out = String::from(open);
    for ch in text.chars() {
        out.push(ch);
        if ch == close {
            out.push(ch);
        }
    }
    out.push(close);
    Ok(Value::nvarchar(out))
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

fn string_escape(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    if !c.text(1)?.eq_ignore_ascii_case("json") {
        return Err(SqlError::not_implemented(
            "STRING_ESCAPE of anything but 'json'",
        ));
    }
    let mut out = String::new();
    for ch in c.text(0)?.chars() {
        match ch {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' => out.push_str("\\/"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ch if (ch as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", ch as u32)),
            ch => out.push(ch),
        }
    }
    Ok(Value::nvarchar(out))
}

/// PARSENAME(name, part): 1 object, 2 schema, 3 database, 4 server. NULL for anything malformed.
fn parsename(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let text = c.text(0)?;
    let Some(parts) = name_parts(&text) else {
        return Ok(Value::Null);
    };
    let wanted = usize::try_from(c.integer(1)?).unwrap_or(0);
    if wanted == 0 || wanted > parts.len() || parts.len() > 4 {
        return Ok(Value::Null);
    }
    let part = &parts[parts.len() - wanted];
    Ok(if part.is_empty() {
        Value::Null
    } else {
        Value::nvarchar(part)
    })
}

fn name_parts(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    let mut fresh = true;
    while let Some(ch) = chars.next() {
        let part = parts.last_mut()?;
        match ch {
            '[' | '"' if fresh => {
                let close = if ch == '[' { ']' } else { '"' };
                loop {
                    let inner = chars.next()?;
                    if inner == close {
                        if chars.peek() == Some(&close) {
                            chars.next();
                        } else {
                            break;
                        }
                    }
                    part.push(inner);
                }
                if !matches!(chars.peek(), None | Some('.')) {
                    return None;
                }
                fresh = false;
            }
            '.' => {
                parts.push(String::new());
                fresh = true;
            }
            other => {
                part.push(other);
                fresh = false;
            }
        }
    }
    parts
        .iter()
        .all(|p| p.chars().count() <= 128)
        .then_some(parts)
}
