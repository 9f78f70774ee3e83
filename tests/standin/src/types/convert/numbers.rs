//! Conversions into the integer, decimal, money and approximate types.

use super::super::calendar::LEGACY_DAY;
use super::super::errors;
use super::super::value::{SqlType, TypeName, Value};
use super::super::wide;
use crate::error::{Result, SqlError};

/// An integer put into its type, or `None` when it does not fit.
fn narrow(value: i64, to: TypeName) -> Option<Value> {
    Some(match to {
        TypeName::Bit => Value::Bit(value != 0),
        TypeName::TinyInt => Value::TinyInt(u8::try_from(value).ok()?),
        TypeName::SmallInt => Value::SmallInt(i16::try_from(value).ok()?),
        TypeName::Int => Value::Int(i32::try_from(value).ok()?),
        _ => Value::BigInt(value),
    })
}

pub fn to_integer(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    let name = to.name;
    let overflow = || errors::overflow(to);
    match value {
        Value::Decimal(d) => {
            let whole =
                d.mantissa / i128::try_from(wide::power_of_ten(u32::from(d.scale))).unwrap_or(1);
            if name == TypeName::Bit {
                return Ok(Value::Bit(d.mantissa != 0));
            }
            i64::try_from(whole)
                .ok()
                .and_then(|v| narrow(v, name))
                .ok_or_else(overflow)
        }
        Value::Money(v) => money_to_integer(*v, to),
        Value::SmallMoney(v) => money_to_integer(i64::from(*v), to),
        Value::Real(v) => float_to_integer(f64::from(*v), to),
        Value::Float(v) => float_to_integer(*v, to),
        Value::VarChar(s) | Value::NVarChar(s) => text_to_integer(s, from, to),
        Value::Binary(b) => Ok(binary_to_integer(b, name)),
        Value::DateTime(days, units) => {
            let noon = i64::from(*units) >= LEGACY_DAY / 2;
            narrow(i64::from(*days) + i64::from(noon), name).ok_or_else(overflow)
        }
        Value::SmallDateTime(days, minutes) => {
            narrow(i64::from(*days) + i64::from(*minutes >= 720), name).ok_or_else(overflow)
        }
        _ => {
            let Some(v) = value.as_integer() else {
                return Err(errors::explicit_not_allowed(from, to));
            };
            narrow(v, name).ok_or_else(|| match (from.name, name) {
                (TypeName::BigInt, _) | (_, TypeName::Int) => overflow(),
                _ => errors::integer_too_large(to, v),
            })
        }
    }
}

fn money_to_integer(ten_thousandths: i64, to: &SqlType) -> Result<Value> {
    if to.name == TypeName::Bit {
        return Ok(Value::Bit(ten_thousandths != 0));
    }
    let rounded = wide::rescale(i128::from(ten_thousandths), 4, 0).unwrap_or(0);
    i64::try_from(rounded)
        .ok()
        .and_then(|v| narrow(v, to.name))
        .ok_or_else(|| errors::overflow(to))
}

#[allow(clippy::cast_possible_truncation)]
fn float_to_integer(value: f64, to: &SqlType) -> Result<Value> {
    if to.name == TypeName::Bit {
        return Ok(Value::Bit(value != 0.0));
    }
    let whole = value.trunc();
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole)
        && let Some(v) = narrow(whole as i64, to.name)
    {
        return Ok(v);
    }
    if to.name == TypeName::BigInt {
        Err(errors::overflow(to))
    } else {
        Err(errors::float_too_large(to, value))
    }
}

fn text_to_integer(text: &str, from: &SqlType, to: &SqlType) -> Result<Value> {
    let failed = || {
        if to.name == TypeName::BigInt {
            errors::error_converting(from, to)
        } else {
            errors::conversion_failed(from, text, to)
        }
    };
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if to.name == TypeName::Bit {
        if trimmed.eq_ignore_ascii_case("true") {
            return Ok(Value::Bit(true));
        }
        if trimmed.eq_ignore_ascii_case("false") || trimmed.is_empty() {
            return Ok(Value::Bit(false));
        }
    }
    // Blanks may follow the sign, and a sign alone is zero.
    let negative = trimmed.starts_with('-');
    let digits = match trimmed.strip_prefix(['+', '-']) {
        Some(rest) => rest.trim_start_matches(' '),
        None => trimmed,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(failed());
    }
    if to.name == TypeName::Bit {
        return Ok(Value::Bit(digits.bytes().any(|b| b != b'0')));
    }
    let mut number: i128 = 0;
    for b in digits.bytes() {
        number = (number * 10 + i128::from(b - b'0')).min(i128::from(u64::MAX) * 4);
    }
    let number = if negative { -number } else { number };
    i64::try_from(number)
        .ok()
        .and_then(|v| narrow(v, to.name))
        .ok_or_else(|| text_overflow(text, from, to))
}

fn text_overflow(text: &str, from: &SqlType, to: &SqlType) -> SqlError {
    let (number, column) = match to.name {
        TypeName::TinyInt => (244, "INT1"),
        TypeName::SmallInt => (244, "INT2"),
        TypeName::Int => {
            return SqlError::new(
                248,
                format!(
                    "The conversion of the {} value '{text}' overflowed an int column.",
                    from.base_name()
                ),
            );
        }
        _ => return errors::overflow(to),
    };
    SqlError::new(
        number,
        format!(
            "The conversion of the {} value '{text}' overflowed an {column} column. Use a larger integer column.",
            from.base_name()
        ),
    )
    .state(if column == "INT1" { 1 } else { 2 })
}

/// The rightmost bytes, big-endian; missing ones are zero.
fn rightmost<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0u8; N];
    let keep = bytes.len().min(N);
    out[N - keep..].copy_from_slice(&bytes[bytes.len() - keep..]);
    out
}

fn binary_to_integer(bytes: &[u8], to: TypeName) -> Value {
    match to {
        TypeName::Bit => Value::Bit(rightmost::<1>(bytes)[0] != 0),
        TypeName::TinyInt => Value::TinyInt(rightmost::<1>(bytes)[0]),
        TypeName::SmallInt => Value::SmallInt(i16::from_be_bytes(rightmost(bytes))),
        TypeName::Int => Value::Int(i32::from_be_bytes(rightmost(bytes))),
        _ => Value::BigInt(i64::from_be_bytes(rightmost(bytes))),
    }
}

#[allow(clippy::cast_precision_loss)]
pub fn as_f64(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Float(v) => *v,
        Value::Real(v) => f64::from(*v),
        Value::Decimal(d) => decimal_to_f64(d.mantissa, d.scale),
        Value::Money(v) => *v as f64 / 10_000.0,
        Value::SmallMoney(v) => f64::from(*v) / 10_000.0,
        Value::DateTime(days, units) => f64::from(*days) + f64::from(*units) / LEGACY_DAY as f64,
        Value::SmallDateTime(days, minutes) => f64::from(*days) + f64::from(*minutes) / 1440.0,
        other => other.as_integer()? as f64,
    })
}

/// The nearest double: by way of text when the mantissa alone would already round.
#[allow(clippy::cast_precision_loss)]
fn decimal_to_f64(mantissa: i128, scale: u8) -> f64 {
    if mantissa.unsigned_abs() < (1 << 53) && scale <= 22 {
        return mantissa as f64 / 10f64.powi(i32::from(scale));
    }
    super::super::format::fixed_point(mantissa, scale)
        .parse()
        .unwrap_or(0.0)
}

pub fn to_approximate(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    let number = match value {
        Value::VarChar(s) | Value::NVarChar(s) => {
            text_to_float(s).ok_or_else(|| errors::error_converting(from, to))?
        }
        other => as_f64(other).ok_or_else(|| errors::explicit_not_allowed(from, to))?,
    };
    if to.name == TypeName::Float {
        return Ok(Value::Float(number));
    }
    #[allow(clippy::cast_possible_truncation)]
    let single = number as f32;
    if single.is_infinite() {
        return Err(errors::float_too_large(to, number));
    }
    Ok(Value::Real(single))
}

fn text_to_float(text: &str) -> Option<f64> {
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if trimmed.is_empty() {
        return Some(0.0);
    }
    let ok = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    if !trimmed.bytes().all(ok) {
        return None;
    }
    trimmed.parse::<f64>().ok().filter(|v| v.is_finite())
}

pub fn to_decimal(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    let make = |mantissa: i128, scale: u8| {
        wide::rescale(mantissa, scale, to.scale).filter(|m| wide::fits(*m, to.precision))
    };
    let (mantissa, source) = match value {
        Value::Decimal(d) => (make(d.mantissa, d.scale), "numeric"),
        Value::Money(v) => (make(i128::from(*v), 4), from.base_name()),
        Value::SmallMoney(v) => (make(i128::from(*v), 4), from.base_name()),
        Value::Float(v) => (float_to_mantissa(*v, to), "float"),
        Value::Real(v) => (float_to_mantissa(f64::from(*v), to), "real"),
        Value::VarChar(s) | Value::NVarChar(s) => {
            let Some(parsed) = text_to_mantissa(s, to.scale) else {
                return Err(errors::error_converting(from, to));
            };
            (
                parsed.filter(|m| wide::fits(*m, to.precision)),
                from.base_name(),
            )
        }
        Value::Binary(b) => {
            let d = decimal_from_bytes(b).ok_or_else(|| errors::error_converting(from, to))?;
            (make(d.0, d.1), from.base_name())
        }
        Value::DateTime(..) | Value::SmallDateTime(..) => (
            as_f64(value).and_then(|v| float_to_mantissa(v, to)),
            from.base_name(),
        ),
        other => {
            let v = other
                .as_integer()
                .ok_or_else(|| errors::explicit_not_allowed(from, to))?;
            (make(i128::from(v), 0), from.base_name())
        }
    };
    let state = if matches!(source, "float" | "real") {
        6
    } else {
        8
    };
    mantissa
        .map(|m| Value::decimal(m, to.precision, to.scale))
        .ok_or_else(|| errors::overflow_from(source, to, state))
}

/// A double rounded to the target's scale. SQL Server reads 17 significant digits of it.
fn float_to_mantissa(value: f64, to: &SqlType) -> Option<i128> {
    if !value.is_finite() || value.abs() >= 1e38 {
        return None;
    }
    let sci = format!("{:.16e}", value.abs());
    let (digits, exponent) = sci.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let mut mantissa: u128 = 0;
    for b in digits.bytes().filter(u8::is_ascii_digit) {
        mantissa = mantissa * 10 + u128::from(b - b'0');
    }
    // value = mantissa * 10^(exponent - 16); wanted: mantissa * 10^(exponent - 16 + scale).
    let shift = exponent - 16 + i32::from(to.scale);
    let scaled = if shift >= 0 {
        mantissa.checked_mul(10u128.checked_pow(u32::try_from(shift).ok()?)?)?
    } else {
        let drop = u32::try_from(-shift).ok()?;
        if drop > 30 {
            0
        } else {
            wide::U256::from_u128(mantissa).round_off(drop).to_u128()?
        }
    };
    if scaled >= wide::power_of_ten(u32::from(to.precision)) {
        return None;
    }
    let signed = i128::try_from(scaled).ok()?;
    Some(if value < 0.0 { -signed } else { signed })
}

/// `None`: not a number. `Some(None)`: a number beyond 38 digits.
#[allow(clippy::option_option)]
pub fn text_to_mantissa(text: &str, scale: u8) -> Option<Option<i128>> {
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let (negative, body) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let scale = usize::from(scale);
    let fraction = fraction.as_bytes();
    let kept = whole
        .bytes()
        .chain((0..scale).map(|i| fraction.get(i).copied().unwrap_or(b'0')));
    let mut mantissa: u128 = 0;
    for b in kept {
        mantissa = mantissa * 10 + u128::from(b - b'0');
        if mantissa >= wide::LIMIT {
            return Some(None);
        }
    }
    if fraction.get(scale).is_some_and(|b| *b >= b'5') {
        mantissa += 1;
    }
    let signed = i128::try_from(mantissa).ok();
    Some(signed.map(|m| if negative { -m } else { m }))
}

/// SQL Server's own numeric layout: precision, scale, 0, sign, mantissa little-endian.
fn decimal_from_bytes(bytes: &[u8]) -> Option<(i128, u8)> {
    let [precision, scale, _, sign, rest @ ..] = bytes else {
        return None;
    };
    if !(1..=38).contains(precision) || scale > precision || rest.is_empty() || rest.len() > 16 {
        return None;
    }
    let mut wide_bytes = [0u8; 16];
    wide_bytes[..rest.len()].copy_from_slice(rest);
    let magnitude = i128::from_le_bytes(wide_bytes);
    if magnitude < 0 {
        return None;
    }
    Some((if *sign == 0 { -magnitude } else { magnitude }, *scale))
}

pub fn to_money(value: &Value, from: &SqlType, to: &SqlType) -> Result<Value> {
    let amount = match value {
        Value::Money(v) => Some(i128::from(*v)),
        Value::SmallMoney(v) => Some(i128::from(*v)),
        Value::Decimal(d) => wide::rescale(d.mantissa, d.scale, 4),
        Value::Float(_) | Value::Real(_) | Value::DateTime(..) | Value::SmallDateTime(..) => {
            as_f64(value).and_then(|v| float_to_mantissa(v, &SqlType::numeric(38, 4)))
        }
        Value::VarChar(s) | Value::NVarChar(s) => text_to_money(s)?,
        Value::Binary(b) => {
            return Ok(if to.name == TypeName::Money {
                Value::Money(i64::from_be_bytes(rightmost(b)))
            } else {
                Value::SmallMoney(i32::from_be_bytes(rightmost(b)))
            });
        }
        other => {
            let v = other
                .as_integer()
                .ok_or_else(|| errors::explicit_not_allowed(from, to))?;
            i128::from(v).checked_mul(10_000)
        }
    };
    let made = amount.and_then(|a| {
        if to.name == TypeName::Money {
            i64::try_from(a).ok().map(Value::Money)
        } else {
            i32::try_from(a).ok().map(Value::SmallMoney)
        }
    });
    made.ok_or_else(|| match value {
        Value::VarChar(_)
        | Value::NVarChar(_)
        | Value::Decimal(_)
        | Value::Float(_)
        | Value::Real(_) => errors::overflow_from(from.message_name(), to, 8),
        _ => errors::overflow(to),
    })
}

fn text_to_money(text: &str) -> Result<Option<i128>> {
    let cleaned: String = text
        .trim_matches(|c: char| c.is_ascii_whitespace())
        .chars()
        .filter(|c| *c != ',')
        .collect();
    let (sign, rest) = match cleaned.strip_prefix('-') {
        Some(r) => ("-", r),
        None => ("", cleaned.as_str()),
    };
    let rest = rest.strip_prefix(['$', '€', '£', '¥']).unwrap_or(rest);
    if rest.is_empty() {
        return Ok(Some(0));
    }
    text_to_mantissa(&format!("{sign}{rest}"), 4).ok_or_else(|| {
        SqlError::new(
            235,
            "Cannot convert a char value to money. The char value has incorrect syntax.",
        )
        .state(0)
    })
}
