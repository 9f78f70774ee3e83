//! Accumulators of aggregates.

use std::cmp::Ordering;

use crate::error::{Result, SqlError};
use crate::query::eval::{Env, text_of};
use crate::query::json_text;
use crate::query::plan::AggregateCall;
use crate::query::values::AggregateKind as K;
use crate::types::arith::{self, ArithOp};
use crate::types::compare::compare;
use crate::types::{SqlType, TypeName, Value, convert, errors};

use super::Row;
use super::keys::{KeySet, push_key};
use super::texts::Texts;

/// The state of one aggregate over one group.
pub(super) struct Accumulator {
    count: i64,
    integer: i128,
    float: f64,
    squares: f64,
    best: Value,
    /// DISTINCT: the values so far.
    seen: Option<Box<Seen>>,
    /// STRING_AGG and the JSON aggregates.
    texts: Option<Box<Texts>>,
}

#[derive(Default)]
struct Seen {
    values: KeySet,
    key: Vec<u8>,
}

impl Accumulator {
    pub(super) fn new() -> Self {
        Self {
            count: 0,
            integer: 0,
            float: 0.0,
            squares: 0.0,
            best: Value::Null,
            seen: None,
            texts: None,
        }
    }

    /// As new, for another group.
    pub(super) fn reset(&mut self) {
        self.count = 0;
        self.integer = 0;
        self.float = 0.0;
        self.squares = 0.0;
        self.best = Value::Null;
        if let Some(seen) = &mut self.seen {
            seen.values.clear();
        }
        if let Some(texts) = &mut self.texts {
            texts.clear();
        }
    }

    pub(super) fn add(
        &mut self,
        call: &AggregateCall,
        row: &Row,
        env: &mut Env<'_, '_>,
    ) -> Result<()> {
        if call.star {
            self.count += 1;
            return Ok(());
        }
        let input = &call.args[0];
        let own;
        let value = match input.in_place(row) {
            Some(value) => value,
            None => {
                own = input.value(row, env)?;
                &own
            }
        };
        if value.is_null() {
            if call.kind == K::JsonArrayAgg && !call.absent_on_null {
                return self.add_json(call, row, env);
            }
            if call.kind == K::JsonObjectAgg {
                return Err(json_text::null_key());
            }
            if !call.quiet && !matches!(call.kind, K::StringAgg | K::JsonArrayAgg) {
                env.null_eliminated = true;
            }
            return Ok(());
        }
        if call.distinct && !matches!(call.kind, K::Min | K::Max) {
            let seen = self.seen.get_or_insert_default();
            seen.key.clear();
            push_key(value, &input.ty, &mut seen.key);
            if !seen.values.insert(&seen.key).1 {
                return Ok(());
            }
        }
        self.count += 1;
        match call.kind {
            K::Count | K::CountBig => {}
            K::Sum | K::Avg => self.add_number(value, &call.ty)?,
            K::Min | K::Max => {
                let better = match compare(value, &self.best, &input.ty)? {
                    None => true,
                    Some(Ordering::Less) => call.kind == K::Min,
                    Some(Ordering::Greater) => call.kind == K::Max,
                    Some(Ordering::Equal) => false,
                };
                if better {
                    self.best = value.clone();
                }
            }
            K::StDev | K::StDevP | K::Var | K::VarP => {
                if let Value::Float(x) = *value {
                    // Welford: `float` is the mean, `squares` the sum of squared distances from it.
                    #[allow(clippy::cast_precision_loss)]
                    let count = self.count as f64;
                    let distance = x - self.float;
                    self.float += distance / count;
                    self.squares += distance * (x - self.float);
                }
            }
            K::JsonArrayAgg | K::JsonObjectAgg => self.add_json(call, row, env)?,
            K::StringAgg => {
                let separator = call.args[1].borrowed(row, env)?;
                let (text, separator) = (text_of(value), text_of(&separator));
                self.texts.get_or_insert_default().push(
                    &call.order,
                    text.unwrap_or_default(),
                    separator.unwrap_or_default(),
                    row,
                    env,
                )?;
            }
        }
        Ok(())
    }

    /// An element or a property, in the order of the rows.
    fn add_json(&mut self, call: &AggregateCall, row: &Row, env: &mut Env<'_, '_>) -> Result<()> {
        let mut text = String::new();
        if call.kind == K::JsonObjectAgg {
            let key = call.args[0].value(row, env)?;
            json_text::quote(text_of(&key).unwrap_or_default(), &mut text);
            text.push(':');
        }
        if let Some(input) = call.args.last() {
            let value = input.value(row, env)?;
            if value.is_null() && call.absent_on_null {
                return Ok(());
            }
            json_text::write(&value, &input.ty, json_text::is_json(input), &mut text)?;
        }
        self.texts
            .get_or_insert_default()
            .push(&call.order, &text, ",", row, env)
    }

    fn add_number(&mut self, value: &Value, result: &SqlType) -> Result<()> {
        let unit = match value {
            Value::Float(x) => {
                self.float += x;
                return Ok(());
            }
            Value::Int(n) => i128::from(*n),
            Value::BigInt(n) | Value::Money(n) => i128::from(*n),
            Value::Decimal(d) => d.mantissa,
            other => {
                return Err(errors::clash(&other.type_of(), result));
            }
        };
        if let Value::Decimal(d) = value {
            // All values of one expression have its scale.
            self.squares = f64::from(d.scale);
        }
        self.integer = self
            .integer
            .checked_add(unit)
            .ok_or_else(|| errors::overflow(result))?;
        Ok(())
    }

    pub(super) fn finish(&self, call: &AggregateCall) -> Result<Value> {
        let ty = &call.ty;
        match call.kind {
            K::Count => i32::try_from(self.count)
                .map(Value::Int)
                .map_err(|_| errors::overflow(ty)),
            K::CountBig => Ok(Value::BigInt(self.count)),
            K::JsonArrayAgg | K::JsonObjectAgg => {
                let (open, close) = if call.kind == K::JsonArrayAgg {
                    ('[', ']')
                } else {
                    ('{', '}')
                };
                match self.joined(ty)? {
                    Value::NVarChar(body) => Ok(Value::nvarchar(format!("{open}{body}{close}"))),
                    other => Ok(other),
                }
            }
            _ if self.count == 0 => Ok(Value::Null),
            K::Min | K::Max => Ok(self.best.clone()),
            K::Sum => self.sum(ty),
            K::Avg => self.average(ty),
            K::StDev | K::StDevP | K::Var | K::VarP => Ok(self.spread(call.kind)),
            K::StringAgg => self.joined(ty),
        }
    }

    fn sum(&self, ty: &SqlType) -> Result<Value> {
        let overflow = |_| errors::overflow(ty);
        match ty.name {
            TypeName::Int => i32::try_from(self.integer)
                .map(Value::Int)
                .map_err(overflow),
            TypeName::BigInt => i64::try_from(self.integer)
                .map(Value::BigInt)
                .map_err(overflow),
            TypeName::Money => i64::try_from(self.integer)
                .map(Value::Money)
                .map_err(overflow),
            TypeName::Decimal | TypeName::Numeric => {
                let value = self.decimal();
                convert::cast(&value.0, &value.1, ty, None, true)
            }
            _ => arith::float_result(self.float, ty),
        }
    }

    fn decimal(&self) -> (Value, SqlType) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let scale = self.squares as u8;
        let ty = SqlType::decimal(38, scale);
        let value = crate::types::Decimal {
            mantissa: self.integer,
            precision: 38,
            scale,
        };
        (Value::Decimal(Box::new(value)), ty)
    }

    fn average(&self, ty: &SqlType) -> Result<Value> {
        let count = i128::from(self.count);
        match ty.name {
            TypeName::Int => i32::try_from(self.integer / count)
                .map(Value::Int)
                .map_err(|_| errors::overflow(ty)),
            TypeName::BigInt => i64::try_from(self.integer / count)
                .map(Value::BigInt)
                .map_err(|_| errors::overflow(ty)),
            TypeName::Money => i64::try_from(self.integer / count)
                .map(Value::Money)
                .map_err(|_| errors::overflow(ty)),
            TypeName::Decimal | TypeName::Numeric => {
                let (value, from) = self.decimal();
                let divisor = Value::BigInt(self.count);
                arith::binary(
                    ArithOp::Divide,
                    &value,
                    &divisor,
                    &from,
                    &SqlType::BIGINT,
                    ty,
                )
            }
            #[allow(clippy::cast_precision_loss)]
            _ => arith::float_result(self.float / self.count as f64, ty),
        }
    }

    fn spread(&self, kind: K) -> Value {
        let sample = matches!(kind, K::StDev | K::Var);
        if sample && self.count < 2 {
            return Value::Null;
        }
        #[allow(clippy::cast_precision_loss)]
        let divisor = if sample { self.count - 1 } else { self.count } as f64;
        let variance = self.squares / divisor;
        Value::Float(if matches!(kind, K::StDev | K::StDevP) {
            variance.sqrt()
        } else {
            variance
        })
    }

    /// 9829 beyond 8000 bytes unless the input is (max).
    fn joined(&self, ty: &SqlType) -> Result<Value> {
        let out = self
            .texts
            .as_ref()
            .map_or_else(String::new, |texts| texts.joined());
        if let Ok(limit) = usize::try_from(ty.length)
            && out.encode_utf16().count() > limit
        {
            return Err(SqlError::new(
                9829,
                "STRING_AGG aggregation result exceeded the limit of 8000 bytes. Use LOB types to avoid result truncation.",
            ));
        }
        Ok(if ty.name.is_unicode() {
            Value::nvarchar(out)
        } else {
            Value::varchar(out)
        })
    }
}
