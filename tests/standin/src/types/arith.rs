//! Arithmetic, bitwise operators and concatenation with SQL Server's result types and overflow rules.

use std::sync::Arc;

use super::calendar::LEGACY_DAY;
use super::codepage;
use super::convert;
use super::errors;
use super::precedence::{decimal_shape, rank};
use super::value::{SqlType, TypeName, Value};
use super::wide::{self, U256};
use crate::error::Result;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    BitAnd,
    BitOr,
    BitXor,
}

impl ArithOp {
    /// As messages spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Multiply => "multiply",
            Self::Divide => "divide",
            Self::Modulo => "modulo",
            Self::BitAnd => "'&'",
            Self::BitOr => "'|'",
            Self::BitXor => "'^'",
        }
    }

    pub fn is_bitwise(self) -> bool {
        matches!(self, Self::BitAnd | Self::BitOr | Self::BitXor)
    }

    /// `*` and `/` refuse a pair by its left operand (8117), the others name both (402).
    fn refuse(self, a: &SqlType, b: &SqlType) -> crate::error::SqlError {
        if matches!(self, Self::Multiply | Self::Divide) {
            errors::operand_invalid(a, self.name())
        } else {
            errors::incompatible(a, b, self.name())
        }
    }
}

fn is_number(t: &SqlType) -> bool {
    decimal_shape(t).is_some() || t.name.is_approximate()
}

fn is_legacy_date(t: &SqlType) -> bool {
    matches!(t.name, TypeName::DateTime | TypeName::SmallDateTime)
}

/// The type of `a op b`, or the compile-time refusal.
pub fn binary_type(op: ArithOp, a: &SqlType, b: &SqlType) -> Result<SqlType> {
    for t in [a, b] {
        if t.name.is_spatial() || t.name == TypeName::HierarchyId {
            return Err(errors::clr_operator(t, op.name()));
        }
    }
    for t in [a, b] {
        if matches!(t.name, TypeName::Vector | TypeName::Json | TypeName::Xml) {
            return Err(errors::operand_invalid(t, op.name()));
        }
    }
    if a.name.is_legacy_lob() || b.name.is_legacy_lob() {
        return Err(op.refuse(a, b));
    }
    if a.name == TypeName::SqlVariant || b.name == TypeName::SqlVariant {
        let (variant, other) = if a.name == TypeName::SqlVariant {
            (a, b)
        } else {
            (b, a)
        };
        return Err(if variant == other {
            errors::operand_invalid(a, op.name())
        } else {
            errors::implicit_not_allowed(variant, other)
        });
    }
    if op.is_bitwise() {
        return bitwise_type(op, a, b);
    }
    if a.name.is_date_or_time() || b.name.is_date_or_time() {
        return date_type(op, a, b);
    }
    match (is_number(a), is_number(b)) {
        (true, true) => numeric_type(op, a, b),
        (true, false) => mixed_type(op, a, b, a, b),
        (false, true) => mixed_type(op, b, a, a, b),
        (false, false) => non_numeric_type(op, a, b),
    }
}

fn bitwise_type(op: ArithOp, a: &SqlType, b: &SqlType) -> Result<SqlType> {
    let integral = |t: &SqlType| t.name.is_integer() || t.name == TypeName::Bit;
    let bytes = |t: &SqlType| t.name.is_binary() || t.name == TypeName::RowVersion;
    match (integral(a), integral(b)) {
        (true, true) => Ok(if rank(a.name) >= rank(b.name) {
            a.clone()
        } else {
            b.clone()
        }),
        (true, false) if bytes(b) => Ok(a.clone()),
        (false, true) if bytes(a) => Ok(b.clone()),
        _ => Err(errors::incompatible(a, b, op.name())),
    }
}

fn date_type(op: ArithOp, a: &SqlType, b: &SqlType) -> Result<SqlType> {
    let additive = matches!(op, ArithOp::Add | ArithOp::Subtract);
    let (date, other) = if a.name.is_date_or_time() {
        (a, b)
    } else {
        (b, a)
    };
    if !is_legacy_date(a) && !is_legacy_date(b) {
        // date, time, datetime2 and datetimeoffset know no arithmetic.
        return Err(if other.name.is_date_or_time() {
            if a.name == b.name {
                errors::operand_invalid(a, op.name())
            } else {
                errors::incompatible(a, b, op.name())
            }
        } else if is_number(other) {
            errors::clash(date, other)
        } else {
            op.refuse(a, b)
        });
    }
    if other.name.is_date_or_time() {
        if !is_legacy_date(a) || !is_legacy_date(b) {
            return Err(errors::incompatible(a, b, op.name()));
        }
        if !additive {
            return Err(errors::operand_invalid(a, op.name()));
        }
        return Ok(if a.name == b.name {
            a.clone()
        } else {
            SqlType::plain(TypeName::DateTime)
        });
    }
    if other.name == TypeName::UniqueIdentifier {
        return Err(op.refuse(a, b));
    }
    if additive {
        return Ok(date.clone());
    }
    if is_number(other) {
        return Err(errors::implicit_not_allowed(date, other));
    }
    Err(op.refuse(a, b))
}

/// A number with text, bytes or anything else that is not a number.
fn mixed_type(
    op: ArithOp,
    number: &SqlType,
    other: &SqlType,
    a: &SqlType,
    b: &SqlType,
) -> Result<SqlType> {
    let n = other.name;
    if number.name == TypeName::Bit && n.is_character() {
        return Err(op.refuse(a, b));
    }
    if number.name.is_approximate() && op == ArithOp::Modulo {
        return Err(errors::incompatible(a, b, op.name()));
    }
    if n.is_binary() || n == TypeName::RowVersion {
        if number.name.is_approximate() {
            return Err(errors::clash(other, number));
        }
        return numeric_type(op, number, number);
    }
    if n.is_character() {
        return numeric_type(op, number, number);
    }
    if n == TypeName::UniqueIdentifier {
        return Err(errors::clash(other, number));
    }
    Err(op.refuse(a, b))
}

fn non_numeric_type(op: ArithOp, a: &SqlType, b: &SqlType) -> Result<SqlType> {
    if op != ArithOp::Add {
        return Err(
            if a.name == TypeName::UniqueIdentifier && b.name == TypeName::UniqueIdentifier {
                errors::operand_invalid(a, op.name())
            } else {
                op.refuse(a, b)
            },
        );
    }
    let bytes = |t: &SqlType| t.name.is_binary() || t.name == TypeName::RowVersion;
    if a.name.is_character() && b.name.is_character() {
        return Ok(concat_type(a, b));
    }
    if bytes(a) && bytes(b) {
        let width = |t: &SqlType| {
            if t.name == TypeName::RowVersion {
                40
            } else {
                t.length
            }
        };
        let name = if a.name == TypeName::Binary && b.name == TypeName::Binary {
            TypeName::Binary
        } else {
            TypeName::VarBinary
        };
        let length = if a.is_max() || b.is_max() {
            SqlType::MAX
        } else {
            (width(a) + width(b)).min(8000)
        };
        return Ok(SqlType::sized(name, length));
    }
    if a.name == b.name {
        return Err(errors::operand_invalid(a, op.name()));
    }
    Err(errors::incompatible(a, b, op.name()))
}

/// varchar(n) + varchar(m) is varchar(n+m), at most 8000 bytes unless one side is (max).
pub fn concat_type(a: &SqlType, b: &SqlType) -> SqlType {
    let unicode = a.name.is_unicode() || b.name.is_unicode();
    let fixed = |t: &SqlType| matches!(t.name, TypeName::Char | TypeName::NChar);
    let name = match (unicode, fixed(a) && fixed(b)) {
        (true, true) => TypeName::NChar,
        (true, false) => TypeName::NVarChar,
        (false, true) => TypeName::Char,
        (false, false) => TypeName::VarChar,
    };
    let limit = if unicode { 4000 } else { 8000 };
    let length = if a.is_max() || b.is_max() {
        SqlType::MAX
    } else {
        (a.length + b.length).min(limit)
    };
    let mut t = SqlType::sized(name, length);
    t.binary_collation = a.binary_collation || b.binary_collation;
    t
}

fn numeric_type(op: ArithOp, a: &SqlType, b: &SqlType) -> Result<SqlType> {
    use TypeName as T;
    if a.name.is_approximate() || b.name.is_approximate() {
        if op == ArithOp::Modulo {
            return Err(if a.name.is_approximate() && b.name.is_approximate() {
                errors::operand_invalid(a, op.name())
            } else {
                errors::incompatible(a, b, op.name())
            });
        }
        return Ok(if a.name == T::Float || b.name == T::Float {
            SqlType::FLOAT
        } else {
            SqlType::REAL
        });
    }
    if a.name == T::Bit && b.name == T::Bit {
        return Err(op.refuse(a, b));
    }
    if a.name.is_decimal() || b.name.is_decimal() {
        let shape = |t: &SqlType, partner: &SqlType| {
            // bit takes the decimal's own shape.
            decimal_shape(if t.name == T::Bit { partner } else { t }).unwrap_or((38, 0))
        };
        let (p1, s1) = shape(a, b);
        let (p2, s2) = shape(b, a);
        let (p, s) = decimal_result(op, p1.into(), s1.into(), p2.into(), s2.into());
        let name = if a.name == T::Decimal || b.name == T::Decimal {
            T::Decimal
        } else {
            T::Numeric
        };
        let mut t = SqlType::plain(name);
        t.precision = u8::try_from(p).unwrap_or(38);
        t.scale = u8::try_from(s).unwrap_or(0);
        return Ok(t);
    }
    Ok(if rank(a.name) >= rank(b.name) {
        a.clone()
    } else {
        b.clone()
    })
}

/// The documented formulas, cut to 38 digits.
fn decimal_result(op: ArithOp, p1: i32, s1: i32, p2: i32, s2: i32) -> (i32, i32) {
    let (p, s) = match op {
        ArithOp::Multiply => (p1 + p2 + 1, s1 + s2),
        ArithOp::Divide => {
            let s = (s1 + p2 + 1).max(6);
            (p1 - s1 + s2 + s, s)
        }
        ArithOp::Modulo => ((p1 - s1).min(p2 - s2) + s1.max(s2), s1.max(s2)),
        _ => {
            let whole = (p1 - s1).max(p2 - s2);
            let s = s1.max(s2);
            let p = whole + s + 1;
            // The carry digit goes first, then the scale; there is no floor of six digits here.
            return if p > 38 {
                (38, s.min(38 - whole))
            } else {
                (p, s)
            };
        }
    };
    if p > 38 {
        (38, (s - (p - 38)).max(s.min(6)))
    } else {
        (p, s)
    }
}

/// `a op b` in the type that `binary_type` gave. NULL on either side is NULL.
pub fn binary(
    op: ArithOp,
    a: &Value,
    b: &Value,
    a_type: &SqlType,
    b_type: &SqlType,
    result: &SqlType,
) -> Result<Value> {
    match (a, b) {
        (Value::Null, _) | (_, Value::Null) => return Ok(Value::Null),
        (Value::Int(x), Value::Int(y)) if result.name == TypeName::Int => {
            return integer(op, i64::from(*x), i64::from(*y), result);
        }
        (Value::BigInt(x), Value::BigInt(y)) if result.name == TypeName::BigInt => {
            return integer(op, *x, *y, result);
        }
        (Value::Float(x), Value::Float(y)) => return approximate(op, *x, *y, result),
        _ => {}
    }
    use TypeName as T;
    match result.name {
        T::Bit | T::TinyInt | T::SmallInt | T::Int | T::BigInt => {
            let x = convert::cast(a, a_type, result, None, true)?
                .as_integer()
                .unwrap_or(0);
            let y = convert::cast(b, b_type, result, None, true)?
                .as_integer()
                .unwrap_or(0);
            integer(op, x, y, result)
        }
        T::Real | T::Float => {
            let widen = |v: &Value, t: &SqlType| -> Result<f64> {
                match convert::cast(v, t, &SqlType::FLOAT, None, true)? {
                    Value::Float(f) => Ok(f),
                    _ => Err(errors::overflow(result)),
                }
            };
            approximate(op, widen(a, a_type)?, widen(b, b_type)?, result)
        }
        T::Money | T::SmallMoney => money(op, a, b, a_type, b_type, result),
        T::Decimal | T::Numeric => decimal(op, a, b, a_type, b_type, result),
        T::DateTime | T::SmallDateTime => legacy_date(op, a, b, a_type, b_type, result),
        T::Binary | T::VarBinary => concat_bytes(a, b, result),
        _ => concat_text(a, b, result),
    }
}

fn integer(op: ArithOp, x: i64, y: i64, t: &SqlType) -> Result<Value> {
    let overflow = || errors::overflow(t);
    let minimum = match t.name {
        TypeName::SmallInt => i64::from(i16::MIN),
        TypeName::Int => i64::from(i32::MIN),
        TypeName::BigInt => i64::MIN,
        _ => 0,
    };
    let divisor = |y: i64| {
        if y == 0 {
            Err(errors::divide_by_zero())
        } else if y == -1 && x == minimum && minimum != 0 {
            // SQL Server forms the quotient for % too.
            Err(overflow())
        } else {
            Ok(y)
        }
    };
    let v = match op {
        ArithOp::Add => x.checked_add(y).ok_or_else(overflow)?,
        ArithOp::Subtract => x.checked_sub(y).ok_or_else(overflow)?,
        ArithOp::Multiply => x.checked_mul(y).ok_or_else(overflow)?,
        ArithOp::Divide => x / divisor(y)?,
        ArithOp::Modulo => x % divisor(y)?,
        ArithOp::BitAnd => x & y,
        ArithOp::BitOr => x | y,
        ArithOp::BitXor => x ^ y,
    };
    match t.name {
        TypeName::Bit => Ok(Value::Bit(v != 0)),
        TypeName::TinyInt => u8::try_from(v).map(Value::TinyInt).map_err(|_| overflow()),
        TypeName::SmallInt => i16::try_from(v)
            .map(Value::SmallInt)
            .map_err(|_| overflow()),
        TypeName::Int => i32::try_from(v).map(Value::Int).map_err(|_| overflow()),
        _ => Ok(Value::BigInt(v)),
    }
}

fn approximate(op: ArithOp, x: f64, y: f64, t: &SqlType) -> Result<Value> {
    let v = match op {
        ArithOp::Add => x + y,
        ArithOp::Subtract => x - y,
        ArithOp::Multiply => x * y,
        _ if y == 0.0 => return Err(errors::divide_by_zero()),
        _ => x / y,
    };
    float_result(v, t)
}

/// A double as float or real; infinities are 8115.
pub fn float_result(v: f64, t: &SqlType) -> Result<Value> {
    if t.name == TypeName::Real {
        #[allow(clippy::cast_possible_truncation)]
        let single = v as f32;
        return if single.is_finite() {
            Ok(Value::Real(single))
        } else {
            Err(errors::overflow(t))
        };
    }
    if v.is_finite() {
        Ok(Value::Float(v))
    } else {
        Err(errors::overflow(t))
    }
}

fn ten_thousandths(v: &Value, from: &SqlType, t: &SqlType) -> Result<i128> {
    match convert::cast(v, from, t, None, true)? {
        Value::Money(m) => Ok(i128::from(m)),
        Value::SmallMoney(m) => Ok(i128::from(m)),
        _ => Err(errors::overflow(t)),
    }
}

fn money(
    op: ArithOp,
    a: &Value,
    b: &Value,
    at: &SqlType,
    bt: &SqlType,
    t: &SqlType,
) -> Result<Value> {
    let (x, y) = (ten_thousandths(a, at, t)?, ten_thousandths(b, bt, t)?);
    let v = match op {
        ArithOp::Add => x + y,
        ArithOp::Subtract => x - y,
        ArithOp::Multiply => wide::rescale(x * y, 8, 4).unwrap_or(i128::MAX),
        _ if y == 0 => return Err(errors::divide_by_zero()),
        ArithOp::Modulo => x % y,
        // Division cuts where multiplication rounds.
        _ => x * 10_000 / y,
    };
    let made = if t.name == TypeName::Money {
        i64::try_from(v).ok().map(Value::Money)
    } else {
        i32::try_from(v).ok().map(Value::SmallMoney)
    };
    made.ok_or_else(|| errors::overflow(t))
}

/// An operand as mantissa and scale; text and bytes take their partner's type first.
fn exact(v: &Value, from: &SqlType, partner: &SqlType) -> Result<(i128, u8)> {
    Ok(match v {
        Value::Decimal(d) => (d.mantissa, d.scale),
        Value::Money(m) => (i128::from(*m), 4),
        Value::SmallMoney(m) => (i128::from(*m), 4),
        other => match other.as_integer() {
            Some(i) => (i128::from(i), 0),
            None => match convert::cast(v, from, partner, None, true)? {
                Value::Decimal(d) => (d.mantissa, d.scale),
                _ => return Err(errors::error_converting(from, partner)),
            },
        },
    })
}

fn decimal(
    op: ArithOp,
    a: &Value,
    b: &Value,
    at: &SqlType,
    bt: &SqlType,
    t: &SqlType,
) -> Result<Value> {
    let (x, sx) = exact(a, at, bt)?;
    let (y, sy) = exact(b, bt, at)?;
    let overflow = || errors::overflow(&SqlType::plain(TypeName::Numeric));
    let negative = (x < 0) != (y < 0);
    let (ux, uy) = (x.unsigned_abs(), y.unsigned_abs());
    let magnitude = match op {
        ArithOp::Add | ArithOp::Subtract => {
            let y = if op == ArithOp::Subtract { -y } else { y };
            let sum = add_scaled(x, sx, y, sy, t.scale).ok_or_else(overflow)?;
            return finish(sum, t);
        }
        ArithOp::Multiply => {
            let product = U256::product(ux, uy);
            let have = u32::from(sx) + u32::from(sy);
            product.round_off(have - u32::from(t.scale).min(have))
        }
        _ if y == 0 => return Err(errors::divide_by_zero()),
        ArithOp::Modulo => {
            let s = sx.max(sy);
            let (wx, wy) = (scale_up(ux, s - sx), scale_up(uy, s - sy));
            let (wx, wy) = (
                wx.ok_or_else(overflow)?,
                wy.and_then(U256::to_u128).ok_or_else(overflow)?,
            );
            let rest = i128::try_from(wx.div_rem(wy).1).map_err(|_| overflow())?;
            return finish(if x < 0 { -rest } else { rest }, t);
        }
        _ => {
            // x/10^sx / (y/10^sy) * 10^scale, cut toward zero.
            let shift = i32::from(t.scale) + i32::from(sy) - i32::from(sx);
            let up = u32::try_from(shift.max(0)).unwrap_or(0);
            let mut dividend = U256::from_u128(ux);
            let mut left = up;
            while left > 0 {
                let step = left.min(38);
                dividend = dividend
                    .checked_mul(wide::power_of_ten(step))
                    .ok_or_else(overflow)?;
                left -= step;
            }
            dividend.div_rem(uy).0
        }
    };
    let m = magnitude
        .to_u128()
        .and_then(|m| i128::try_from(m).ok())
        .ok_or_else(overflow)?;
    finish(if negative { -m } else { m }, t)
}

fn scale_up(m: u128, digits: u8) -> Option<U256> {
    U256::from_u128(m).checked_mul(wide::power_of_ten(u32::from(digits)))
}

/// The sum at the target's scale, half away from zero.
fn add_scaled(x: i128, sx: u8, y: i128, sy: u8, scale: u8) -> Option<i128> {
    let s = sx.max(sy);
    let wx = scale_up(x.unsigned_abs(), s - sx)?;
    let wy = scale_up(y.unsigned_abs(), s - sy)?;
    let (magnitude, negative) = if (x < 0) == (y < 0) {
        (wx.checked_add(wy)?, x < 0)
    } else if wx >= wy {
        (wx.minus(wy), x < 0)
    } else {
        (wy.minus(wx), y < 0)
    };
    let rounded = if s > scale {
        magnitude.round_off(u32::from(s - scale))
    } else {
        magnitude
    };
    let m = i128::try_from(rounded.to_u128()?).ok()?;
    Some(if negative { -m } else { m })
}

fn finish(mantissa: i128, t: &SqlType) -> Result<Value> {
    if wide::fits(mantissa, t.precision) {
        Ok(Value::decimal(mantissa, t.precision, t.scale))
    } else {
        Err(errors::overflow(&SqlType::plain(TypeName::Numeric)))
    }
}

fn legacy_units(v: &Value, from: &SqlType, t: &SqlType) -> Result<i64> {
    Ok(match convert::cast(v, from, t, None, true)? {
        Value::DateTime(days, units) => i64::from(days) * LEGACY_DAY + i64::from(units),
        Value::SmallDateTime(days, minutes) => {
            i64::from(days) * LEGACY_DAY + i64::from(minutes) * 18_000
        }
        _ => return Err(errors::overflow(t)),
    })
}

/// datetime plus or minus days: both sides become datetime and their day counts are combined.
fn legacy_date(
    op: ArithOp,
    a: &Value,
    b: &Value,
    at: &SqlType,
    bt: &SqlType,
    t: &SqlType,
) -> Result<Value> {
    let (x, y) = (legacy_units(a, at, t)?, legacy_units(b, bt, t)?);
    let total = if op == ArithOp::Subtract {
        x - y
    } else {
        x + y
    };
    let days = total.div_euclid(LEGACY_DAY);
    let units = total.rem_euclid(LEGACY_DAY);
    if t.name == TypeName::DateTime {
        if !(-53_690..2_958_464).contains(&days) {
            return Err(errors::overflow(t));
        }
        return Ok(Value::DateTime(
            i32::try_from(days).map_err(|_| errors::overflow(t))?,
            i32::try_from(units).map_err(|_| errors::overflow(t))?,
        ));
    }
    let days = u16::try_from(days).map_err(|_| errors::overflow(t))?;
    Ok(Value::SmallDateTime(
        days,
        u16::try_from(units / 18_000).unwrap_or(0),
    ))
}

fn concat_bytes(a: &Value, b: &Value, t: &SqlType) -> Result<Value> {
    let (Value::Binary(x), Value::Binary(y)) = (a, b) else {
        return Err(errors::overflow(t));
    };
    let mut all = Vec::with_capacity(x.len() + y.len());
    all.extend_from_slice(x);
    all.extend_from_slice(y);
    if let Ok(limit) = usize::try_from(t.length) {
        all.truncate(limit);
    }
    Ok(Value::Binary(all.into()))
}

/// Text after text, cut at the result's length (8000 bytes without a (max) operand).
pub fn concat_text(a: &Value, b: &Value, t: &SqlType) -> Result<Value> {
    let (Some(x), Some(y)) = (a.as_text(), b.as_text()) else {
        return Err(errors::overflow(t));
    };
    let mut all = String::with_capacity(x.len() + y.len());
    all.push_str(x);
    all.push_str(y);
    if let Ok(limit) = usize::try_from(t.length) {
        let kept = codepage::truncate_utf16(&all, limit).len();
        all.truncate(kept);
    }
    if t.name.is_unicode() {
        return Ok(Value::NVarChar(Arc::from(all)));
    }
    Ok(Value::VarChar(Arc::from(all)))
}

/// Unary minus. Integers keep their type (tinyint becomes smallint's refusal 8115 for the minimum); text is refused.
pub fn negate(value: &Value, t: &SqlType) -> Result<Value> {
    Ok(match value {
        Value::Null => Value::Null,
        Value::TinyInt(0) => Value::TinyInt(0),
        Value::TinyInt(_) => return Err(errors::overflow(t)),
        Value::SmallInt(v) => Value::SmallInt(v.checked_neg().ok_or_else(|| errors::overflow(t))?),
        Value::Int(v) => Value::Int(v.checked_neg().ok_or_else(|| errors::overflow(t))?),
        Value::BigInt(v) => Value::BigInt(v.checked_neg().ok_or_else(|| errors::overflow(t))?),
        Value::Real(v) => Value::Real(-v),
        Value::Float(v) => Value::Float(-v),
        Value::Money(v) => Value::Money(v.checked_neg().ok_or_else(|| errors::overflow(t))?),
        Value::SmallMoney(v) => {
            Value::SmallMoney(v.checked_neg().ok_or_else(|| errors::overflow(t))?)
        }
        Value::Decimal(d) => Value::decimal(-d.mantissa, d.precision, d.scale),
        _ => return Err(errors::operand_invalid(t, "minus")),
    })
}

/// The type of `-a` and `+a`; 8117 when the type knows no minus.
pub fn unary_type(minus: bool, t: &SqlType) -> Result<SqlType> {
    let number = is_number(t) && t.name != TypeName::Bit;
    if number
        || (!minus
            && (t.name.is_character() || t.name.is_date_or_time() || t.name == TypeName::Bit))
    {
        Ok(t.clone())
    } else {
        Err(errors::operand_invalid(
            t,
            if minus { "minus" } else { "plus" },
        ))
    }
}

/// `~`: integers and bit only, the type is kept.
pub fn complement(value: &Value, t: &SqlType) -> Result<Value> {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Bit(v) => Value::Bit(!v),
        Value::TinyInt(v) => Value::TinyInt(!v),
        Value::SmallInt(v) => Value::SmallInt(!v),
        Value::Int(v) => Value::Int(!v),
        Value::BigInt(v) => Value::BigInt(!v),
        _ => return Err(errors::operand_invalid(t, "'~'")),
    })
}

/// The type of `~a`.
pub fn complement_type(t: &SqlType) -> Result<SqlType> {
    if t.name.is_integer() || t.name == TypeName::Bit {
        Ok(t.clone())
    } else {
        Err(errors::operand_invalid(t, "'~'"))
    }
}
