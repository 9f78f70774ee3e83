//! QUOTENAME, STRING_ESCAPE and PARSENAME: names and texts as parts of other texts.

use crate::error::{Result, SqlError};
use crate::functions::Call;
use crate::types::{Value, codepage};

pub(super) fn quotename(c: &Call<'_>) -> Result<Value> {
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

pub(super) fn string_escape(c: &Call<'_>) -> Result<Value> {
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
pub(super) fn parsename(c: &Call<'_>) -> Result<Value> {
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

pub(super) fn name_parts(text: &str) -> Option<Vec<String>> {
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
