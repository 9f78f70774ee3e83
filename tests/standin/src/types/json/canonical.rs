//! The form in which the json type hands a document back.

use std::collections::HashSet;

use super::read::{JsonValue, parse};
use crate::error::{Result, SqlError};

/// Whitespace gone, repeated names dropped (the first stays), numbers with an exponent as decimal(38,10).
pub fn canonicalize(text: &str) -> Result<String> {
    let mut value = parse(text, 9)?;
    normalise(&mut value)?;
    let mut out = String::with_capacity(text.len());
    value.write(&mut out);
    Ok(out)
}

fn normalise(value: &mut JsonValue) -> Result<()> {
    match value {
        JsonValue::Number(n) => {
            if let Some(rewritten) = number(n)? {
                *n = rewritten;
            }
        }
        JsonValue::Array(items) => items.iter_mut().try_for_each(normalise)?,
        JsonValue::Object(members) => {
            for (_, _, member) in members.iter_mut() {
                normalise(member)?;
            }
            let mut seen = HashSet::new();
            // Names are compared as written: an escaped one differs from the plain one.
            members.retain(|(written, _, _)| seen.insert(written.clone()));
        }
        _ => {}
    }
    Ok(())
}

fn number(written: &str) -> Result<Option<String>> {
    let exponent = written.contains(['e', 'E']);
    let digits = written
        .bytes()
        .filter(u8::is_ascii_digit)
        .skip_while(|b| *b == b'0')
        .count();
    if !exponent && digits <= 38 {
        let zero = digits == 0 || written.bytes().all(|b| !(b'1'..=b'9').contains(&b));
        return Ok(match written.strip_prefix('-') {
            Some(unsigned) if zero => Some(unsigned.to_owned()),
            _ => None,
        });
    }
    let value: f64 = written.parse().unwrap_or(f64::INFINITY);
    let out_of_range = || {
        SqlError::new(
            1007,
            format!("The number '{written}' is out of the range for numeric representation (maximum precision 38)."),
        )
        .state(if exponent { 5 } else { 3 })
    };
    if !value.is_finite() || value.abs() >= 1e28 {
        return Err(out_of_range());
    }
    Ok(Some(exact_decimal(value)))
}

/// The double's exact value with ten decimals, half away from zero.
fn exact_decimal(value: f64) -> String {
    // A double has at most 1074 fractional digits; Rust prints them exactly, so the cut can be made on text.
    let exact = format!("{:.1080}", value.abs());
    let (whole, fraction) = exact.split_once('.').unwrap_or((&exact, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().take(10)).collect();
    let mut carry = fraction.as_bytes().get(10).is_some_and(|b| *b >= b'5');
    for d in digits.iter_mut().rev() {
        if !carry {
            break;
        }
        carry = *d == b'9';
        *d = if carry { b'0' } else { *d + 1 };
    }
    if carry {
        digits.insert(0, b'1');
    }
    let split = digits.len() - 10;
    let zero = digits.iter().all(|d| *d == b'0');
    let sign = if value < 0.0 && !zero { "-" } else { "" };
    let text = String::from_utf8_lossy(&digits).into_owned();
    format!("{sign}{}.{}", &text[..split], &text[split..])
}
