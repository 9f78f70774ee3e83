//! Types of literals: an int that is too big is numeric, a decimal has the digits that were written.

use crate::error::{Result, SqlError};
use crate::types::{Decimal, SqlType, TypeName, Value};

use super::expr::BoundExpr;

fn numeric_type(precision: u8, scale: u8) -> SqlType {
    let mut ty = SqlType::decimal(precision, scale);
    ty.name = TypeName::Numeric;
    ty
}

/// 1007.
fn too_many_digits(text: &str) -> SqlError {
    SqlError::new(
        1007,
        format!(
            "The number '{text}' is out of the range for numeric representation (maximum precision 38)."
        ),
    )
    .class(15)
    .compile()
}

pub(super) fn integer(text: &str) -> Result<BoundExpr> {
    if let Ok(value) = text.parse::<i32>() {
        return Ok(BoundExpr::constant(Value::Int(value), SqlType::INT));
    }
    decimal(text)
}

/// `12.50`: numeric(4, 2). Leading zeros do not count.
pub(super) fn decimal(text: &str) -> Result<BoundExpr> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let precision = (whole.len() + fraction.len()).max(1);
    if precision > 38 {
        return Err(too_many_digits(text));
    }
    let joined = format!("{whole}{fraction}");
    let mantissa: i128 = if joined.is_empty() {
        0
    } else {
        joined.parse().map_err(|_| too_many_digits(text))?
    };
    let (precision, scale) = (
        u8::try_from(precision).unwrap_or(38),
        u8::try_from(fraction.len()).unwrap_or(38),
    );
    let value = Decimal {
        mantissa: if negative { -mantissa } else { mantissa },
        precision,
        scale,
    };
    Ok(BoundExpr::constant(
        Value::Decimal(Box::new(value)),
        numeric_type(precision, scale),
    ))
}

/// 168 when the number is beyond a double.
pub(super) fn float(text: &str) -> Result<BoundExpr> {
    let mut normal = text.to_owned();
    if normal.ends_with(['e', 'E', '+', '-']) {
        normal.push('0');
    }
    let value: f64 = normal.parse().unwrap_or(f64::INFINITY);
    if value.is_infinite() {
        return Err(SqlError::new(
            168,
            format!("The floating point value '{text}' is out of the range of computer representation (8 bytes)."),
        )
        .class(15)
        .compile());
    }
    Ok(BoundExpr::constant(Value::Float(value), SqlType::FLOAT))
}

/// `$1.5`: money, four digits after the point, rounded.
pub(super) fn money(text: &str) -> Result<BoundExpr> {
    let digits: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
        .collect();
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, digits),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let padded = format!("{fraction:0<5}");
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| too_many_digits(text))?
    };
    let cents: i128 = padded[..5].parse().unwrap_or(0);
    let units = whole * 10_000 + (cents + 5) / 10;
    let units = if negative { -units } else { units };
    let value = i64::try_from(units).map_err(|_| {
        SqlError::new(
            293,
            "Cannot convert a char value to money. The char value has incorrect syntax.",
        )
    })?;
    Ok(BoundExpr::constant(
        Value::Money(value),
        SqlType::plain(TypeName::Money),
    ))
}

pub(super) fn string(text: &str, national: bool) -> BoundExpr {
    let units = i32::try_from(text.encode_utf16().count()).unwrap_or(i32::MAX);
    if national {
        let length = if units > 4000 {
            SqlType::MAX
        } else {
            units.max(1)
        };
        BoundExpr::constant(Value::nvarchar(text), SqlType::nvarchar(length))
    } else {
        let length = if units > 8000 {
            SqlType::MAX
        } else {
            units.max(1)
        };
        BoundExpr::constant(super::values::narrow_text(text), SqlType::varchar(length))
    }
}

pub(super) fn binary(bytes: &[u8]) -> BoundExpr {
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    let length = if length > 8000 {
        SqlType::MAX
    } else {
        length.max(1)
    };
    BoundExpr::constant(Value::binary(bytes), SqlType::varbinary(length))
}
