//! ISNUMERIC, ISDATE, CHOOSE, GREATEST, LEAST.

use std::cmp::Ordering;

use super::{Call, Entry, common_type, entry, nondeterministic};
use crate::error::Result;
use crate::types::{SqlType, TypeName, Value, compare, convert, errors};

pub(super) static FUNCTIONS: &[Entry] = &[
    entry("isnumeric", 1, 1, |_, _, _| Ok(SqlType::INT), isnumeric),
    nondeterministic("isdate", 1, 1, isdate_type, isdate),
    entry(
        "choose",
        2,
        255,
        |_, types, _| common_type(&types[1..]),
        choose,
    ),
    entry("greatest", 1, 254, extreme_type, |c| {
        extreme(c, Ordering::Greater)
    }),
    entry("least", 1, 254, extreme_type, |c| {
        extreme(c, Ordering::Less)
    }),
];

fn isnumeric(c: &Call<'_>) -> Result<Value> {
    let yes = match &c.args[0] {
        Value::VarChar(s) | Value::NVarChar(s) => numeric_text(s),
        Value::TinyInt(_)
        | Value::SmallInt(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Decimal(_)
        | Value::Money(_)
        | Value::SmallMoney(_)
        | Value::Float(_)
        | Value::Real(_) => true,
        _ => false,
    };
    Ok(Value::Int(i32::from(yes)))
}

/// Sign and currency in either order, digits with points and commas, an exponent: famously lenient.
fn numeric_text(text: &str) -> bool {
    let chars: Vec<char> = text.trim().chars().collect();
    let mut at = 0;
    let (mut sign, mut currency) = (false, false);
    loop {
        match chars.get(at) {
            Some('+' | '-') if !sign => sign = true,
            Some('$' | '€' | '£' | '¥') if !currency => currency = true,
            _ => break,
        }
        at += 1;
    }
    let start = at;
    let (mut digits, mut points) = (0, 0);
    while let Some(ch) = chars.get(at) {
        match ch {
            '0'..='9' => digits += 1,
            '.' if points == 0 => points += 1,
            ',' => {}
            _ => break,
        }
        at += 1;
    }
    if digits > 0 && matches!(chars.get(at), Some('e' | 'E' | 'd' | 'D')) {
        let mut exponent = at + 1;
        if matches!(chars.get(exponent), Some('+' | '-')) {
            exponent += 1;
        }
        let from = exponent;
        while chars.get(exponent).is_some_and(char::is_ascii_digit) {
            exponent += 1;
        }
        if exponent > from {
            at = exponent;
        }
    }
    at == chars.len() && (at > start || sign || currency)
}

fn isdate_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    match types[0].name {
        TypeName::Date | TypeName::Time | TypeName::DateTime2 | TypeName::DateTimeOffset => {
            Err(errors::argument_invalid(&types[0], 1, name))
        }
        _ => Ok(SqlType::INT),
    }
}

fn isdate(c: &Call<'_>) -> Result<Value> {
    let text = match &c.args[0] {
        Value::VarChar(s) | Value::NVarChar(s) => s.to_string(),
        Value::DateTime(..) | Value::SmallDateTime(..) => return Ok(Value::Int(1)),
        Value::TinyInt(_) | Value::SmallInt(_) | Value::Int(_) | Value::BigInt(_) => {
            c.text(0)?.to_string()
        }
        _ => return Ok(Value::Int(0)),
    };
    if text.trim().is_empty() {
        return Ok(Value::Int(0));
    }
    let to = SqlType::plain(TypeName::DateTime);
    let ok = convert::cast(
        &Value::varchar(&text),
        &SqlType::varchar(100),
        &to,
        None,
        true,
    )
    .is_ok();
    Ok(Value::Int(i32::from(ok)))
}

fn choose(c: &Call<'_>) -> Result<Value> {
    if c.args[0].is_null() {
        return Ok(Value::Null);
    }
    let index = usize::try_from(c.integer(0)?).unwrap_or(0);
    if index == 0 || index >= c.args.len() {
        return Ok(Value::Null);
    }
    convert::cast(&c.args[index], &c.types[index], c.result, None, true)
}

fn extreme_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    for (i, t) in types.iter().enumerate() {
        if t.is_incomparable() {
            return Err(errors::argument_invalid(t, i + 1, name).state(4));
        }
    }
    common_type(types)
}

/// NULLs are passed over unless all arguments are NULL.
fn extreme(c: &Call<'_>, wanted: Ordering) -> Result<Value> {
    let mut best = Value::Null;
    for (value, t) in c.args.iter().zip(c.types) {
        let value = convert::cast(value, t, c.result, None, true)?;
        let better = match compare::compare(&value, &best, c.result)? {
            Some(order) => order == wanted,
            None => best.is_null(),
        };
        if better {
            best = value;
        }
    }
    Ok(best)
}
