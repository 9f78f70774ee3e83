//! A strict reader that keeps the written text of numbers and the order of members.

use super::super::errors;
use super::super::vector::is_json_number;
use crate::error::{Result, SqlError};

/// A parsed document. Text of numbers is kept as written; names are decoded.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonValue {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<JsonValue>),
    /// Name as written (between its quotes), decoded name, value.
    Object(Vec<(String, String, JsonValue)>),
}

/// OPENJSON's type column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    Null = 0,
    String = 1,
    Number = 2,
    Bool = 3,
    Array = 4,
    Object = 5,
}

impl JsonValue {
    pub fn kind(&self) -> JsonKind {
        match self {
            Self::Null => JsonKind::Null,
            Self::Bool(_) => JsonKind::Bool,
            Self::Number(_) => JsonKind::Number,
            Self::String(_) => JsonKind::String,
            Self::Array(_) => JsonKind::Array,
            Self::Object(_) => JsonKind::Object,
        }
    }

    /// What JSON_VALUE and OPENJSON's value column show of a scalar.
    pub fn scalar_text(&self) -> Option<String> {
        match self {
            Self::Bool(b) => Some(b.to_string()),
            Self::Number(n) => Some(n.clone()),
            Self::String(s) => Some(s.clone()),
            _ => None,
        }
    }

    /// Compact JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::Number(n) => out.push_str(n),
            Self::String(s) => write_string(s, out),
            Self::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (i, (written, _, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    out.push('"');
                    out.push_str(written);
                    out.push_str("\":");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// A JSON string with SQL Server's escapes: control characters as upper-case \u00XX, everything else literal.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    state: u8,
}

/// Deepest nesting that SQL Server reads.
const MAX_DEPTH: usize = 128;

/// Reads a document: an object or an array and nothing after it. `state` is 13609's state at the caller.
pub fn parse(text: &str, state: u8) -> Result<JsonValue> {
    let mut r = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        state,
    };
    r.skip();
    if !matches!(r.peek(), Some(b'{' | b'[')) {
        return Err(r.malformed(r.at));
    }
    let value = r.value(0)?;
    r.skip();
    if r.peek().is_some() {
        return Err(r.malformed(r.at));
    }
    Ok(value)
}

/// ISJSON's answer for text.
pub fn is_json(text: &str) -> bool {
    parse(text, 1).is_ok()
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn malformed(&self, at: usize) -> SqlError {
        let character = self.bytes.get(at).map_or('.', |b| char::from(*b));
        errors::json_malformed(character, at, self.state)
    }

    fn value(&mut self, depth: usize) -> Result<JsonValue> {
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => Err(SqlError::new(
                13645,
                format!("The JSON document exceeds the maximum nesting depth of {MAX_DEPTH}."),
            )),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(JsonValue::String(decode(self.string()?))),
            _ => self.token(),
        }
    }

    fn token(&mut self) -> Result<JsonValue> {
        let start = self.at;
        let rest = &self.bytes[start..];
        let len = rest
            .iter()
            .position(|b| {
                matches!(
                    b,
                    b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}' | b':' | b'"'
                )
            })
            .unwrap_or(rest.len());
        let token = &rest[..len];
        let value = match token {
            b"null" => JsonValue::Null,
            b"true" => JsonValue::Bool(true),
            b"false" => JsonValue::Bool(false),
            t if is_json_number(t) => JsonValue::Number(self.text[start..start + len].to_owned()),
            _ => return Err(self.malformed(start)),
        };
        self.at = start + len;
        Ok(value)
    }

    /// The written text between the quotes.
    fn string(&mut self) -> Result<&str> {
        let start = self.at;
        let mut at = start + 1;
        loop {
            match self.bytes.get(at) {
                None => return Err(self.malformed(start)),
                Some(b'"') => break,
                Some(0..=0x1F) => return Err(self.malformed(start)),
                Some(b'\\') => {
                    let ok = match self.bytes.get(at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
                        Some(b'u') => {
                            at += 4;
                            self.bytes
                                .get(at - 2..at + 2)
                                .is_some_and(|h| h.iter().all(u8::is_ascii_hexdigit))
                        }
                        _ => false,
                    };
                    if !ok {
                        return Err(self.malformed(start));
                    }
                    at += 2;
                }
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        Ok(&self.text[start + 1..at])
    }

    fn array(&mut self, depth: usize) -> Result<JsonValue> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(JsonValue::Array(items));
        }
        loop {
            self.skip();
            items.push(self.value(depth + 1)?);
            self.skip();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(JsonValue::Array(items));
                }
                _ => return Err(self.malformed(self.at)),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<JsonValue> {
        self.at += 1;
        let mut members = Vec::new();
        self.skip();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(JsonValue::Object(members));
        }
        loop {
            self.skip();
            if self.peek() != Some(b'"') {
                return Err(self.malformed(self.at));
            }
            let written = self.string()?.to_owned();
            self.skip();
            if self.peek() != Some(b':') {
                return Err(self.malformed(self.at));
            }
            self.at += 1;
            self.skip();
            let value = self.value(depth + 1)?;
            let name = decode(&written);
            members.push((written, name, value));
            self.skip();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(JsonValue::Object(members));
                }
                _ => return Err(self.malformed(self.at)),
            }
        }
    }
}

/// Undoes the escapes; an unpaired surrogate becomes U+FFFD.
fn decode(written: &str) -> String {
    if !written.contains('\\') {
        return written.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(written.len());
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            let mut buffer = [0; 2];
            units.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        }
        let unit = match chars.next() {
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            Some('u') => {
                let hex: String = chars.by_ref().take(4).collect();
                u16::from_str_radix(&hex, 16).unwrap_or(0xFFFD)
            }
            Some(other) => u16::try_from(other as u32).unwrap_or(0xFFFD),
            None => 0xFFFD,
        };
        units.push(unit);
    }
    String::from_utf16_lossy(&units)
}

/// One member of an object or element of an array: its name or index, its text as written and its value.
pub struct Member<'a> {
    pub key: String,
    pub raw: &'a str,
    pub value: JsonValue,
}

/// The members of a container's text, in order. The text was validated before.
pub fn members(text: &str) -> Result<Vec<Member<'_>>> {
    let mut r = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        state: 1,
    };
    r.skip();
    let object = match r.peek() {
        Some(b'{') => true,
        Some(b'[') => false,
        _ => return Ok(Vec::new()),
    };
    r.at += 1;
    let mut out = Vec::new();
    loop {
        r.skip();
        if matches!(r.peek(), None | Some(b']' | b'}')) {
            return Ok(out);
        }
        let key = if object {
            let name = decode(r.string()?);
            r.skip();
            r.at += 1;
            r.skip();
            name
        } else {
            out.len().to_string()
        };
        let start = r.at;
        let value = r.value(1)?;
        out.push(Member {
            key,
            raw: &text[start..r.at],
            value,
        });
        r.skip();
        if r.peek() == Some(b',') {
            r.at += 1;
        }
    }
}
