//! The text of numbers, money, bytes and identifiers, by CONVERT style.

use std::fmt::Write as _;

use super::value::{Decimal, SqlType};
use crate::error::{Result, SqlError};

/// 281: the style is none of the type's.
pub fn invalid_style(style: i32, from: &str, to: &SqlType) -> SqlError {
    SqlError::new(
        281,
        format!(
            "{style} is not a valid style number when converting from {from} to a {} string.",
            if to.name.is_unicode() {
                "unicode character"
            } else {
                "character"
            }
        ),
    )
}

/// C's `%.{digits}e` with an exponent of at least three digits: "1.2345679e+006".
pub fn scientific(value: f64, digits: usize) -> String {
    let mut out = String::with_capacity(digits + 10);
    append_scientific(value, digits, &mut out);
    out
}

/// Appends what `scientific` gives.
pub fn append_scientific(value: f64, digits: usize, out: &mut String) {
    let from = out.len();
    // Writing to a string never fails.
    let _ = write!(out, "{value:.digits$e}");
    widen_exponent(out, from);
}

/// Rust writes `1.5e-7`; C's runtime on Windows `1.5e-007`.
fn widen_exponent(out: &mut String, from: usize) {
    let Some(at) = out[from..].rfind('e') else {
        return;
    };
    let mut at = from + at + 1;
    if out[at..].starts_with('-') {
        at += 1;
    } else {
        out.insert(at, '+');
        at += 1;
    }
    while out.len() - at < 3 {
        out.insert(at, '0');
    }
}

/// Six significant digits, trailing zeros dropped, exponent form outside [1e-4, 1e6): what plain CAST writes.
fn general(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() {
            "-0".into()
        } else {
            "0".into()
        };
    }
    let sci = format!("{value:.5e}");
    let (mantissa, exponent) = sci.split_once('e').unwrap_or((&sci, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        trim_zeros(&format!("{value:.decimals$}")).to_owned()
    } else {
        let mut text = format!("{}e{exponent}", trim_zeros(mantissa));
        widen_exponent(&mut text, 0);
        text
    }
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// float by style 0, 1, 2, 3, 126, 128, 129.
pub fn float(value: f64, style: i32, to: &SqlType) -> Result<String> {
    Ok(match style {
        0 => general(value),
        1 => scientific(value, 7),
        2 | 126 => scientific(value, 15),
        3 | 129 => scientific(value, 16),
        _ => return Err(invalid_style(style, "float", to)),
    })
}

/// real by style; 126 keeps single precision's 8 digits where 2 widens first.
pub fn real(value: f32, style: i32, to: &SqlType) -> Result<String> {
    match style {
        0 => Ok(general(f64::from(value))),
        126 => Ok(scientific(f64::from(value), 7)),
        1..=3 | 129 => float(f64::from(value), style, to),
        _ => Err(invalid_style(style, "real", to)),
    }
}

/// `-123.4500` at the decimal's own scale.
pub fn decimal(d: &Decimal) -> String {
    fixed_point(d.mantissa, d.scale)
}

pub fn fixed_point(mantissa: i128, scale: u8) -> String {
    let digits = mantissa.unsigned_abs().to_string();
    let sign = if mantissa < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// money by style: 0 two decimals, 1 with thousands separators, 2 four decimals, 126 as 2.
pub fn money(ten_thousandths: i64, style: i32, to: &SqlType) -> Result<String> {
    if matches!(style, 2 | 126) {
        return Ok(fixed_point(i128::from(ten_thousandths), 4));
    }
    if !matches!(style, 0 | 1) {
        return Err(invalid_style(style, "money", to));
    }
    let cents = super::wide::rescale(i128::from(ten_thousandths), 4, 2).unwrap_or(0);
    let text = fixed_point(cents, 2);
    if style == 0 {
        return Ok(text);
    }
    let (sign, rest) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |r| ("-", r));
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, "00"));
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    Ok(format!("{sign}{grouped}.{fraction}"))
}

/// Upper-case hexadecimal without prefix.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(bytes.len() * 2);
    for b in bytes {
        out.push(char::from(DIGITS[usize::from(b >> 4)]));
        out.push(char::from(DIGITS[usize::from(b & 15)]));
    }
    out
}

/// Bytes of hexadecimal digits; `None` for an odd count or another character.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let digit = |b: u8| char::from(b).to_digit(16);
            u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
        })
        .collect()
}

/// `6F9619FF-8B86-D011-B42D-00C04FC964FF`.
pub fn uniqueidentifier(b: &[u8; 16]) -> String {
    let mut order = *b;
    order[..4].reverse();
    order[4..6].reverse();
    order[6..8].reverse();
    let h = hex(&order);
    format!(
        "{}-{}-{}-{}-{}",
        &h[..8],
        &h[8..12],
        &h[12..16],
        &h[16..20],
        &h[20..]
    )
}

/// Reads the 36 characters, with or without braces; characters after them are ignored as SQL Server does.
pub fn parse_uniqueidentifier(text: &str) -> Option<[u8; 16]> {
    let inner = match text.strip_prefix('{') {
        Some(rest) => {
            if rest.as_bytes().get(36) != Some(&b'}') {
                return None;
            }
            rest
        }
        None => text,
    };
    let body = inner.get(..36)?;
    if [8, 13, 18, 23].iter().any(|&i| body.as_bytes()[i] != b'-') {
        return None;
    }
    let digits: String = body.chars().filter(|c| *c != '-').collect();
    if digits.len() != 32 {
        return None;
    }
    let mut out: [u8; 16] = from_hex(&digits)?.try_into().ok()?;
    out[..4].reverse();
    out[4..6].reverse();
    out[6..8].reverse();
    Some(out)
}
