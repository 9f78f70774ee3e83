//! CHARINDEX, PATINDEX and REPLACE: one text looked for in another.

use super::{counted, cut, text_check};
use crate::error::Result;
use crate::functions::Call;
use crate::types::like::LikePattern;
use crate::types::{SqlType, Value, collation, errors};

pub(super) fn charindex_type(
    name: &'static str,
    types: &[SqlType],
    _: &[Option<Value>],
) -> Result<SqlType> {
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
pub(super) fn find(haystack: &[char], needle: &[char], from: usize, binary: bool) -> Option<usize> {
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

pub(super) fn binary_search(c: &Call<'_>) -> bool {
    c.types.iter().any(|t| t.binary_collation)
}

pub(super) fn charindex(c: &Call<'_>) -> Result<Value> {
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

pub(super) fn patindex_type(
    name: &'static str,
    types: &[SqlType],
    _: &[Option<Value>],
) -> Result<SqlType> {
    if !types[1].name.is_character() {
        return Err(errors::argument_invalid(&types[1], 2, name));
    }
    Ok(if types[1].is_max() {
        SqlType::BIGINT
    } else {
        SqlType::INT
    })
}

pub(super) fn patindex(c: &Call<'_>) -> Result<Value> {
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

pub(super) fn replace_type(
    name: &'static str,
    types: &[SqlType],
    _: &[Option<Value>],
) -> Result<SqlType> {
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

pub(super) fn replace(c: &Call<'_>) -> Result<Value> {
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
