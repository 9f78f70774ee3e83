//! JSON paths: `lax $.a."b c"[0]`, `strict $`.

use super::read::JsonValue;
use crate::error::{Result, SqlError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Lax,
    Strict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Name(String),
    Index(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    pub mode: Mode,
    /// JSON_MODIFY only: add to the array that the path names.
    pub append: bool,
    pub steps: Vec<Step>,
}

/// 13607: not a path.
fn malformed(character: char, position: usize) -> SqlError {
    SqlError::new(
        13607,
        format!("JSON path is not properly formatted. Unexpected character '{character}' is found at position {position}."),
    )
    .state(4)
}

impl JsonPath {
    pub fn parse(text: &str) -> Result<Self> {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        let mut path = Self {
            mode: Mode::Lax,
            append: false,
            steps: Vec::new(),
        };
        let bad = |at: usize| malformed(chars.get(at).copied().unwrap_or('.'), at);
        let skip = |at: &mut usize| {
            while chars.get(*at).is_some_and(|c| c.is_ascii_whitespace()) {
                *at += 1;
            }
        };
        skip(&mut at);
        while chars.get(at).is_some_and(|c| c.is_ascii_alphabetic()) {
            let start = at;
            while chars.get(at).is_some_and(|c| c.is_ascii_alphabetic()) {
                at += 1;
            }
            match chars[start..at].iter().collect::<String>().as_str() {
                "append" => path.append = true,
                "lax" => path.mode = Mode::Lax,
                "strict" => path.mode = Mode::Strict,
                _ => return Err(bad(start)),
            }
            skip(&mut at);
        }
        if chars.get(at) != Some(&'$') {
            return Err(bad(at));
        }
        at += 1;
        while let Some(c) = chars.get(at) {
            match c {
                '.' => {
                    at += 1;
                    path.steps.push(Step::Name(name(&chars, &mut at)?));
                }
                '[' => {
                    let start = at + 1;
                    at = start;
                    while chars.get(at).is_some_and(char::is_ascii_digit) {
                        at += 1;
                    }
                    if chars.get(start).is_some_and(|c| *c == '*' || *c == 'l') {
                        return Err(SqlError::not_implemented(
                            "advanced array accessors in JSON paths",
                        ));
                    }
                    let index = chars[start..at].iter().collect::<String>().parse();
                    if chars.get(at) != Some(&']') {
                        return Err(bad(at));
                    }
                    at += 1;
                    path.steps.push(Step::Index(index.map_err(|_| bad(start))?));
                }
                c if c.is_ascii_whitespace() => {
                    skip(&mut at);
                    if at < chars.len() {
                        return Err(bad(at));
                    }
                }
                _ => return Err(bad(at)),
            }
        }
        Ok(path)
    }

    /// The value that the path names, or `None`.
    pub fn find<'a>(&self, document: &'a JsonValue) -> Option<&'a JsonValue> {
        self.steps
            .iter()
            .try_fold(document, |value, step| match (step, value) {
                (Step::Name(name), JsonValue::Object(members)) => members
                    .iter()
                    .find(|(_, n, _)| n == name)
                    .map(|(_, _, v)| v),
                (Step::Index(i), JsonValue::Array(items)) => items.get(*i),
                _ => None,
            })
    }

    /// The text, as written, of what the path names in a valid document.
    pub fn locate<'a>(&self, text: &'a str) -> Result<Option<&'a str>> {
        let mut here = text.trim_matches([' ', '\t', '\n', '\r']);
        for step in &self.steps {
            let object = here.starts_with('{');
            let found =
                super::read::members(here)?
                    .into_iter()
                    .enumerate()
                    .find(|(i, m)| match step {
                        Step::Name(name) => object && m.key == *name,
                        Step::Index(index) => !object && i == index,
                    });
            match found {
                Some((_, member)) => here = member.raw,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }

    /// 13608: a strict path that names nothing.
    pub fn not_found(state: u8) -> SqlError {
        SqlError::new(
            13608,
            "Property cannot be found on the specified JSON path.",
        )
        .state(state)
    }
}

fn name(chars: &[char], at: &mut usize) -> Result<String> {
    let bad = |at: usize| malformed(chars.get(at).copied().unwrap_or('.'), at);
    let mut out = String::new();
    if chars.get(*at) == Some(&'"') {
        *at += 1;
        loop {
            match chars.get(*at) {
                None => return Err(bad(*at)),
                Some('"') => break,
                Some('\\') => {
                    *at += 1;
                    out.push(*chars.get(*at).ok_or_else(|| bad(*at))?);
                }
                Some(c) => out.push(*c),
            }
            *at += 1;
        }
        *at += 1;
        return Ok(out);
    }
    while let Some(c) = chars.get(*at) {
        let ok = c.is_ascii_alphabetic()
            || *c == '_'
            || *c == '$' && !out.is_empty()
            || !c.is_ascii()
            || (!out.is_empty() && c.is_ascii_digit());
        if !ok {
            break;
        }
        out.push(*c);
        *at += 1;
    }
    if out.is_empty() {
        Err(bad(*at))
    } else {
        Ok(out)
    }
}
