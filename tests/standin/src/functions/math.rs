//! ABS to TAN.

use super::{Call, Entry, entry, nondeterministic};
use crate::error::{Result, SqlError};
use crate::types::{Decimal, SqlType, TypeName, Value, arith, convert, errors, wide};

pub(super) static FUNCTIONS: &[Entry] = &[
    entry("abs", 1, 1, widened, abs),
    entry("ceiling", 1, 1, whole, |c| round_to_whole(c, true)),
    entry("floor", 1, 1, whole, |c| round_to_whole(c, false)),
    entry("round", 2, 3, round_type, round),
    entry("power", 2, 2, power_type, power),
    entry("sign", 1, 1, widened, sign),
    entry("sqrt", 1, 1, float, |c| {
        domain(c, |x| (x >= 0.0).then(|| x.sqrt()))
    }),
    entry("square", 1, 1, float, |c| domain(c, |x| Some(x * x))),
    entry("exp", 1, 1, float, |c| domain(c, |x| Some(x.exp()))),
    entry("log", 1, 2, float, log),
    entry("log10", 1, 1, float, |c| {
        domain(c, |x| (x > 0.0).then(|| x.log10()))
    }),
    entry("pi", 0, 0, float, |_| {
        Ok(Value::Float(std::f64::consts::PI))
    }),
    entry("sin", 1, 1, float, |c| domain(c, |x| Some(x.sin()))),
    entry("cos", 1, 1, float, |c| domain(c, |x| Some(x.cos()))),
    entry("tan", 1, 1, float, |c| domain(c, |x| Some(x.tan()))),
    entry("asin", 1, 1, float, |c| {
        domain(c, |x| (-1.0..=1.0).contains(&x).then(|| x.asin()))
    }),
    entry("acos", 1, 1, float, |c| {
        domain(c, |x| (-1.0..=1.0).contains(&x).then(|| x.acos()))
    }),
    entry("atan", 1, 1, float, |c| domain(c, |x| Some(x.atan()))),
    entry("atn2", 2, 2, float, atn2),
    entry("degrees", 1, 1, angle, |c| turn(c, f64::to_degrees)),
    entry("radians", 1, 1, angle, |c| turn(c, f64::to_radians)),
    nondeterministic("rand", 0, 1, float, rand),
];

fn check_number(name: &str, t: &SqlType, position: usize) -> Result<()> {
    let ok = t.name.is_integer()
        || t.name.is_decimal()
        || t.name.is_money()
        || t.name.is_approximate()
        || t.name.is_character()
        || t.name == TypeName::Bit;
    if ok {
        Ok(())
    } else {
        Err(errors::argument_invalid(t, position, name))
    }
}

/// tinyint and smallint become int, smallmoney money, real, bit and text float; the rest stays.
fn widen(t: &SqlType) -> SqlType {
    match t.name {
        TypeName::TinyInt | TypeName::SmallInt => SqlType::INT,
        TypeName::SmallMoney => SqlType::plain(TypeName::Money),
        TypeName::Real | TypeName::Bit => SqlType::FLOAT,
        n if n.is_character() => SqlType::FLOAT,
        _ => t.clone(),
    }
}

fn widened(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    for (i, t) in types.iter().enumerate() {
        check_number(name, t, i + 1)?;
    }
    Ok(widen(&types[0]))
}

/// POWER of decimal(p,s) is decimal(38,s).
fn power_type(
    name: &'static str,
    types: &[SqlType],
    literals: &[Option<Value>],
) -> Result<SqlType> {
    let mut t = widened(name, types, literals)?;
    if t.name.is_decimal() {
        t.precision = 38;
    }
    Ok(t)
}

/// CEILING and FLOOR of decimal(p,s) are decimal(p,0).
fn whole(name: &'static str, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType> {
    let mut t = widened(name, types, literals)?;
    if t.name.is_decimal() {
        t.scale = 0;
    }
    Ok(t)
}

fn round_type(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    check_number(name, &types[0], 1)?;
    for (i, t) in types.iter().enumerate().skip(1) {
        if !(t.name.is_integer() || t.name == TypeName::Bit || t.name.is_decimal()) {
            return Err(errors::argument_invalid(t, i + 1, name));
        }
    }
    Ok(widen(&types[0]))
}

fn float(name: &'static str, types: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    for (i, t) in types.iter().enumerate() {
        check_number(name, t, i + 1)?;
    }
    Ok(SqlType::FLOAT)
}

fn angle(name: &'static str, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType> {
    let t = widened(name, types, literals)?;
    if t.name.is_decimal() {
        return Err(SqlError::not_implemented(format_args!(
            "{name} of a decimal"
        )));
    }
    Ok(t)
}

/// A function of one double; `None` is outside its domain (3623).
fn domain(c: &Call<'_>, f: impl Fn(f64) -> Option<f64>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let v = f(c.float(0)?).ok_or_else(errors::invalid_float_operation)?;
    arith::float_result(v, &SqlType::FLOAT)
}

fn atn2(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let (y, x) = (c.float(0)?, c.float(1)?);
    if y == 0.0 && x == 0.0 {
        return Err(errors::invalid_float_operation());
    }
    Ok(Value::Float(y.atan2(x)))
}

fn log(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let x = c.float(0)?;
    if x <= 0.0 {
        return Err(errors::invalid_float_operation());
    }
    if c.args.len() == 1 {
        return Ok(Value::Float(x.ln()));
    }
    let base = c.float(1)?;
    if base <= 0.0 || base == 1.0 {
        return Err(errors::invalid_float_operation());
    }
    arith::float_result(x.ln() / base.ln(), &SqlType::FLOAT)
}

/// The argument in the result's type.
fn operand(c: &Call<'_>) -> Result<Value> {
    let mut to = c.result.clone();
    if to.name.is_decimal() {
        to.scale = c.types[0].scale;
    }
    convert::cast(&c.args[0], &c.types[0], &to, None, true)
}

fn abs(c: &Call<'_>) -> Result<Value> {
    let overflow = || errors::overflow(c.result);
    Ok(match operand(c)? {
        Value::Int(v) => Value::Int(v.checked_abs().ok_or_else(overflow)?),
        Value::BigInt(v) => Value::BigInt(v.checked_abs().ok_or_else(overflow)?),
        Value::Money(v) => Value::Money(v.checked_abs().ok_or_else(overflow)?),
        Value::Float(v) => Value::Float(v.abs()),
        Value::Decimal(d) => Value::decimal(d.mantissa.abs(), d.precision, d.scale),
        other => other,
    })
}

fn sign(c: &Call<'_>) -> Result<Value> {
    Ok(match operand(c)? {
        Value::Int(v) => Value::Int(v.signum()),
        Value::BigInt(v) => Value::BigInt(v.signum()),
        Value::Money(v) => Value::Money(v.signum() * 10_000),
        Value::Float(v) => Value::Float(if v == 0.0 { 0.0 } else { v.signum() }),
        Value::Decimal(d) => {
            let unit = i128::try_from(wide::power_of_ten(u32::from(d.scale))).unwrap_or(1);
            Value::decimal(d.mantissa.signum() * unit, d.precision, d.scale)
        }
        other => other,
    })
}

fn round_to_whole(c: &Call<'_>, up: bool) -> Result<Value> {
    let cut = |m: i128, scale: u8| {
        let by = i128::try_from(wide::power_of_ten(u32::from(scale))).unwrap_or(1);
        if up {
            -((-m).div_euclid(by))
        } else {
            m.div_euclid(by)
        }
    };
    Ok(match operand(c)? {
        Value::Float(v) => Value::Float(if up { v.ceil() } else { v.floor() }),
        Value::Money(v) => {
            let whole =
                i64::try_from(cut(i128::from(v), 4)).map_err(|_| errors::overflow(c.result))?;
            Value::Money(
                whole
                    .checked_mul(10_000)
                    .ok_or_else(|| errors::overflow(c.result))?,
            )
        }
        Value::Decimal(d) => {
            let m = cut(d.mantissa, d.scale);
            if !wide::fits(m, c.result.precision) {
                return Err(errors::overflow(c.result));
            }
            Value::decimal(m, c.result.precision, 0)
        }
        other => other,
    })
}

/// `m` with everything below 10^(scale - length) rounded half away from zero, or cut.
fn round_mantissa(m: i128, scale: u8, length: i32, cut: bool) -> i128 {
    let drop = i32::from(scale) - length;
    if drop <= 0 {
        return m;
    }
    let Some(by) = u32::try_from(drop)
        .ok()
        .filter(|d| *d <= 38)
        .and_then(|d| i128::try_from(wide::power_of_ten(d)).ok())
    else {
        return 0;
    };
    let quotient = m / by;
    let rest = (m % by).unsigned_abs();
    let away = !cut && rest >= by.unsigned_abs() - rest;
    (quotient + if away { m.signum() } else { 0 }) * by
}

fn round(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let length = c.int(1)?;
    let cut = c.args.len() == 3 && c.int(2)? != 0;
    let overflow = || errors::overflow(c.result);
    Ok(match operand(c)? {
        Value::Int(v) => {
            let r = round_mantissa(i128::from(v), 0, length, cut);
            Value::Int(i32::try_from(r).map_err(|_| overflow())?)
        }
        Value::BigInt(v) => {
            let r = round_mantissa(i128::from(v), 0, length, cut);
            Value::BigInt(i64::try_from(r).map_err(|_| overflow())?)
        }
        Value::Money(v) => {
            let r = round_mantissa(i128::from(v), 4, length, cut);
            Value::Money(i64::try_from(r).map_err(|_| overflow())?)
        }
        Value::Decimal(d) => round_decimal(&d, length, cut).ok_or_else(overflow)?,
        Value::Float(v) => Value::Float(round_float(v, length, cut)),
        other => other,
    })
}

fn round_decimal(d: &Decimal, length: i32, cut: bool) -> Option<Value> {
    let m = round_mantissa(d.mantissa, d.scale, length, cut);
    wide::fits(m, d.precision).then(|| Value::decimal(m, d.precision, d.scale))
}

fn round_float(v: f64, length: i32, cut: bool) -> f64 {
    if !(-300..=300).contains(&length) || v == 0.0 {
        return if length < 0 { 0.0 } else { v };
    }
    let factor = 10f64.powi(length.abs());
    let scaled = if length >= 0 { v * factor } else { v / factor };
    if !scaled.is_finite() {
        return v;
    }
    let whole = if cut { scaled.trunc() } else { scaled.round() };
    if length >= 0 {
        whole / factor
    } else {
        whole * factor
    }
}

fn power(c: &Call<'_>) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let (x, y) = (c.float(0)?, c.float(1)?);
    if x == 0.0 && y < 0.0 {
        return Err(errors::divide_by_zero());
    }
    if x < 0.0 && y.fract() != 0.0 {
        return Err(errors::invalid_float_operation());
    }
    let v = x.powf(y);
    if !v.is_finite() {
        return Err(errors::overflow(&SqlType::FLOAT));
    }
    if matches!(c.result.name, TypeName::Float) {
        return Ok(Value::Float(v));
    }
    convert::cast(&Value::Float(v), &SqlType::FLOAT, c.result, None, true)
}

fn turn(c: &Call<'_>, f: fn(f64) -> f64) -> Result<Value> {
    if c.any_null() {
        return Ok(Value::Null);
    }
    let v = f(c.float(0)?);
    if c.result.name == TypeName::Float {
        return Ok(Value::Float(v));
    }
    convert::cast(&Value::Float(v), &SqlType::FLOAT, c.result, None, true)
}

/// Without a seed: fresh bits. With one SQL Server's generator would have to be matched bit for bit.
fn rand(c: &Call<'_>) -> Result<Value> {
    if !c.args.is_empty() {
        return Err(SqlError::not_implemented("RAND with a seed"));
    }
    #[allow(clippy::cast_precision_loss)]
    let v = (c.env.random() >> 11) as f64 / (1u64 << 53) as f64;
    Ok(Value::Float(v))
}
