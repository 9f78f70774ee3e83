//! Aggregates: type rules and accumulators. DISTINCT and COUNT(*) are the caller's: COUNT(*) feeds any non-NULL value.

use std::cmp::Ordering;

use crate::error::{Result, SqlError};
use crate::types::{SqlType, TypeName, Value, arith, codepage, compare, convert, errors, wide};

/// Collects values of one group.
pub trait Accumulator: Send {
    fn update(&mut self, value: &Value) -> Result<()>;
    fn finish(&mut self) -> Result<Value>;
    /// A NULL was passed over: the statement ends with warning 8153 (not for COUNT(*)).
    fn eliminated_nulls(&self) -> bool;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    Count,
    CountBig,
    Sum,
    Avg,
    Min,
    Max,
    StDev,
    StDevP,
    Var,
    VarP,
    StringAgg,
    ChecksumAgg,
}

/// Finds an aggregate by name, in any case.
pub fn lookup(name: &str) -> Option<Aggregate> {
    Some(match name.to_ascii_lowercase().as_str() {
        "count" => Aggregate::Count,
        "count_big" => Aggregate::CountBig,
        "sum" => Aggregate::Sum,
        "avg" => Aggregate::Avg,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        "stdev" => Aggregate::StDev,
        "stdevp" => Aggregate::StDevP,
        "var" => Aggregate::Var,
        "varp" => Aggregate::VarP,
        "string_agg" => Aggregate::StringAgg,
        "checksum_agg" => Aggregate::ChecksumAgg,
        _ => return None,
    })
}

impl Aggregate {
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::CountBig => "count_big",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::StDev => "stdev",
            Self::StDevP => "stdevp",
            Self::Var => "var",
            Self::VarP => "varp",
            Self::StringAgg => "string_agg",
            Self::ChecksumAgg => "checksum_agg",
        }
    }

    /// The result type for an argument of type `t` (STRING_AGG: the first argument). 8117 for what it does not take.
    pub fn result_type(self, t: &SqlType) -> Result<SqlType> {
        let refuse = || errors::operand_invalid(t, self.name());
        match self {
            Self::Count | Self::CountBig => {
                if t.name.is_legacy_lob()
                    || matches!(t.name, TypeName::Xml | TypeName::Cursor | TypeName::Table)
                {
                    return Err(refuse());
                }
                Ok(if self == Self::Count {
                    SqlType::INT
                } else {
                    SqlType::BIGINT
                })
            }
            Self::Min | Self::Max => {
                if t.is_incomparable() || t.name == TypeName::Bit {
                    return Err(refuse());
                }
                let mut out = t.clone();
                out.sysname = false;
                Ok(out)
            }
            Self::Sum | Self::Avg => match t.name {
                TypeName::TinyInt | TypeName::SmallInt | TypeName::Int => Ok(SqlType::INT),
                TypeName::BigInt => Ok(SqlType::BIGINT),
                TypeName::Decimal | TypeName::Numeric => {
                    let mut out = t.clone();
                    out.precision = 38;
                    if self == Self::Avg {
                        out.scale = t.scale.max(6);
                    }
                    Ok(out)
                }
                TypeName::Money | TypeName::SmallMoney => Ok(SqlType::plain(TypeName::Money)),
                TypeName::Real | TypeName::Float => Ok(SqlType::FLOAT),
                _ => Err(refuse()),
            },
            Self::StDev | Self::StDevP | Self::Var | Self::VarP => {
                let number = t.name.is_integer()
                    || t.name.is_decimal()
                    || t.name.is_money()
                    || t.name.is_approximate();
                if number {
                    Ok(SqlType::FLOAT)
                } else {
                    Err(refuse())
                }
            }
            Self::StringAgg => {
                if t.is_incomparable() {
                    return Err(errors::argument_invalid(t, 1, "string_agg"));
                }
                Ok(match (t.name.is_unicode(), t.is_max()) {
                    (true, true) => SqlType::nvarchar(SqlType::MAX),
                    (true, false) => SqlType::nvarchar(4000),
                    // Anything but text is converted to nvarchar.
                    (false, true) if t.name.is_character() => SqlType::varchar(SqlType::MAX),
                    (false, false) if t.name.is_character() => SqlType::varchar(8000),
                    _ => SqlType::nvarchar(4000),
                })
            }
            Self::ChecksumAgg => {
                if matches!(
                    t.name,
                    TypeName::TinyInt | TypeName::SmallInt | TypeName::Int
                ) {
                    Ok(SqlType::INT)
                } else {
                    Err(refuse())
                }
            }
        }
    }

    /// A fresh accumulator. `separator` is STRING_AGG's second argument.
    pub fn accumulator(
        self,
        argument: &SqlType,
        result: &SqlType,
        separator: Option<&str>,
    ) -> Box<dyn Accumulator> {
        match self {
            Self::Count | Self::CountBig => Box::new(Counter {
                count: 0,
                big: self == Self::CountBig,
                nulls: false,
            }),
            Self::Min | Self::Max => Box::new(Extreme {
                best: Value::Null,
                wanted: if self == Self::Min {
                    Ordering::Less
                } else {
                    Ordering::Greater
                },
                t: argument.clone(),
                nulls: false,
            }),
            Self::Sum | Self::Avg => Box::new(Total {
                average: self == Self::Avg,
                result: result.clone(),
                exact: 0,
                scale: 0,
                float: 0.0,
                count: 0,
                nulls: false,
            }),
            Self::StDev | Self::StDevP | Self::Var | Self::VarP => Box::new(Spread {
                kind: self,
                argument: argument.clone(),
                count: 0.0,
                mean: 0.0,
                squares: 0.0,
                nulls: false,
            }),
            Self::StringAgg => Box::new(Joined {
                text: String::new(),
                any: false,
                separator: separator.unwrap_or("").to_owned(),
                argument: argument.clone(),
                result: result.clone(),
                nulls: false,
            }),
            Self::ChecksumAgg => Box::new(Xor {
                value: 0,
                any: false,
                nulls: false,
            }),
        }
    }
}

struct Counter {
    count: i64,
    big: bool,
    nulls: bool,
}

impl Accumulator for Counter {
    fn update(&mut self, value: &Value) -> Result<()> {
        if value.is_null() {
            self.nulls = true;
        } else {
            self.count += 1;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Value> {
        if self.big {
            return Ok(Value::BigInt(self.count));
        }
        i32::try_from(self.count)
            .map(Value::Int)
            .map_err(|_| errors::overflow(&SqlType::INT))
    }

    fn eliminated_nulls(&self) -> bool {
        self.nulls
    }
}

/// The first of equal values stays.
struct Extreme {
    best: Value,
    wanted: Ordering,
    t: SqlType,
    nulls: bool,
}

impl Accumulator for Extreme {
    fn update(&mut self, value: &Value) -> Result<()> {
        if value.is_null() {
            self.nulls = true;
            return Ok(());
        }
        let better = match compare::compare(value, &self.best, &self.t)? {
            Some(order) => order == self.wanted,
            None => true,
        };
        if better {
            self.best = value.clone();
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Value> {
        Ok(std::mem::replace(&mut self.best, Value::Null))
    }

    fn eliminated_nulls(&self) -> bool {
        self.nulls
    }
}

struct Total {
    average: bool,
    result: SqlType,
    exact: i128,
    scale: u8,
    float: f64,
    count: i64,
    nulls: bool,
}

impl Accumulator for Total {
    fn update(&mut self, value: &Value) -> Result<()> {
        let add = match value {
            Value::Null => {
                self.nulls = true;
                return Ok(());
            }
            Value::Float(v) => {
                self.float += v;
                self.count += 1;
                return Ok(());
            }
            Value::Real(v) => {
                self.float += f64::from(*v);
                self.count += 1;
                return Ok(());
            }
            Value::Decimal(d) => {
                self.scale = d.scale;
                d.mantissa
            }
            Value::Money(v) => i128::from(*v),
            Value::SmallMoney(v) => i128::from(*v),
            other => i128::from(other.as_integer().unwrap_or(0)),
        };
        self.count += 1;
        self.exact = self
            .exact
            .checked_add(add)
            .ok_or_else(|| errors::overflow(&self.result))?;
        Ok(())
    }

    fn finish(&mut self) -> Result<Value> {
        if self.count == 0 {
            return Ok(Value::Null);
        }
        let t = &self.result;
        let overflow = || errors::overflow(t);
        let count = i128::from(self.count);
        if t.name == TypeName::Float {
            #[allow(clippy::cast_precision_loss)]
            let v = if self.average {
                self.float / self.count as f64
            } else {
                self.float
            };
            return arith::float_result(v, t);
        }
        if t.name.is_decimal() {
            let m = if self.average {
                // SUM / COUNT: the quotient is cut, not rounded.
                let up = i128::try_from(wide::power_of_ten(u32::from(t.scale - self.scale)))
                    .unwrap_or(1);
                self.exact.checked_mul(up).ok_or_else(overflow)? / count
            } else {
                self.exact
            };
            return if wide::fits(m, 38) {
                Ok(Value::decimal(m, 38, t.scale))
            } else {
                Err(overflow())
            };
        }
        // The sum must fit the type even when only the average is wanted.
        let sum = self.exact;
        let v = if self.average { sum / count } else { sum };
        match t.name {
            TypeName::Int => {
                i32::try_from(sum).map_err(|_| overflow())?;
                i32::try_from(v).map(Value::Int).map_err(|_| overflow())
            }
            TypeName::Money => i64::try_from(v).map(Value::Money).map_err(|_| overflow()),
            _ => {
                i64::try_from(sum).map_err(|_| overflow())?;
                i64::try_from(v).map(Value::BigInt).map_err(|_| overflow())
            }
        }
    }

    fn eliminated_nulls(&self) -> bool {
        self.nulls
    }
}

struct Spread {
    kind: Aggregate,
    argument: SqlType,
    count: f64,
    mean: f64,
    squares: f64,
    nulls: bool,
}

impl Accumulator for Spread {
    fn update(&mut self, value: &Value) -> Result<()> {
        let v = match convert::cast(value, &self.argument, &SqlType::FLOAT, None, true)? {
            Value::Float(v) => v,
            _ => {
                self.nulls = true;
                return Ok(());
            }
        };
        self.count += 1.0;
        let before = v - self.mean;
        self.mean += before / self.count;
        self.squares += before * (v - self.mean);
        Ok(())
    }

    fn finish(&mut self) -> Result<Value> {
        let sample = matches!(self.kind, Aggregate::StDev | Aggregate::Var);
        let n = if sample { self.count - 1.0 } else { self.count };
        if n <= 0.0 {
            return Ok(Value::Null);
        }
        let variance = self.squares / n;
        let root = matches!(self.kind, Aggregate::StDev | Aggregate::StDevP);
        Ok(Value::Float(if root { variance.sqrt() } else { variance }))
    }

    fn eliminated_nulls(&self) -> bool {
        self.nulls
    }
}

struct Joined {
    text: String,
    any: bool,
    separator: String,
    argument: SqlType,
    result: SqlType,
    nulls: bool,
}

impl Accumulator for Joined {
    fn update(&mut self, value: &Value) -> Result<()> {
        let to = SqlType::sized(self.result.name, SqlType::MAX);
        let converted = convert::cast(value, &self.argument, &to, None, true)?;
        let Some(text) = converted.as_text() else {
            // STRING_AGG passes NULLs over without the warning.
            return Ok(());
        };
        if self.any {
            self.text.push_str(&self.separator);
        }
        self.any = true;
        self.text.push_str(text);
        let long = !self.result.is_max() && self.text.len() >= 4000;
        let limit = usize::try_from(self.result.length).unwrap_or(usize::MAX);
        if long && codepage::utf16_length(&self.text) > limit {
            return Err(SqlError::new(
                9829,
                "STRING_AGG aggregation result exceeded the limit of 8000 bytes. Use LOB types to avoid result truncation.",
            ));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Value> {
        if !self.any {
            return Ok(Value::Null);
        }
        let text = std::mem::take(&mut self.text);
        Ok(if self.result.name.is_unicode() {
            Value::NVarChar(text.into())
        } else {
            Value::VarChar(text.into())
        })
    }

    fn eliminated_nulls(&self) -> bool {
        self.nulls
    }
}

struct Xor {
    value: i32,
    any: bool,
    nulls: bool,
}

impl Accumulator for Xor {
    fn update(&mut self, value: &Value) -> Result<()> {
        match value.as_integer().and_then(|v| i32::try_from(v).ok()) {
            Some(v) => {
                self.value ^= v;
                self.any = true;
            }
            None => self.nulls = true,
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Value> {
        Ok(if self.any {
            Value::Int(self.value)
        } else {
            Value::Null
        })
    }

    fn eliminated_nulls(&self) -> bool {
        self.nulls
    }
}
