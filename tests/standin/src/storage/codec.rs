//! Rows as bytes: layout number, null bitmap, fixed-width columns at constant offsets, ends of the variable-width
//! columns, their bytes. Any column can be decoded without looking at the others.

use std::sync::Arc;

use crate::catalog::model::TableDef;
use crate::error::{Result, SqlError};
use crate::types::{DateTimeOffset, Decimal, SqlType, TypeName, Value};

pub(crate) type RowBytes = Arc<[u8]>;

/// Set in the layout number when ends of variable columns need four bytes instead of two.
const WIDE: u16 = 0x8000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Real,
    Float,
    Decimal,
    Money,
    SmallMoney,
    Date,
    Time,
    DateTime,
    SmallDateTime,
    DateTime2,
    DateTimeOffset,
    Guid,
    VarChar,
    NVarChar,
    Json,
    Xml,
    Binary,
    Spatial,
    Vector,
    Variant,
}

impl Class {
    fn of(sql_type: &SqlType) -> Result<Self> {
        Ok(match sql_type.name {
            TypeName::Bit => Class::Bit,
            TypeName::TinyInt => Class::TinyInt,
            TypeName::SmallInt => Class::SmallInt,
            TypeName::Int => Class::Int,
            TypeName::BigInt => Class::BigInt,
            TypeName::Real => Class::Real,
            // float(1..24) is real.
            TypeName::Float if (1..=24).contains(&sql_type.length) => Class::Real,
            TypeName::Float => Class::Float,
            TypeName::Decimal | TypeName::Numeric => Class::Decimal,
            TypeName::Money => Class::Money,
            TypeName::SmallMoney => Class::SmallMoney,
            TypeName::Char | TypeName::VarChar | TypeName::Text => Class::VarChar,
            TypeName::NChar | TypeName::NVarChar | TypeName::NText => Class::NVarChar,
            TypeName::Binary
            | TypeName::VarBinary
            | TypeName::Image
            | TypeName::RowVersion
            | TypeName::HierarchyId => Class::Binary,
            TypeName::Date => Class::Date,
            TypeName::Time => Class::Time,
            TypeName::DateTime => Class::DateTime,
            TypeName::SmallDateTime => Class::SmallDateTime,
            TypeName::DateTime2 => Class::DateTime2,
            TypeName::DateTimeOffset => Class::DateTimeOffset,
            TypeName::UniqueIdentifier => Class::Guid,
            TypeName::SqlVariant => Class::Variant,
            TypeName::Xml => Class::Xml,
            TypeName::Json => Class::Json,
            TypeName::Vector => Class::Vector,
            TypeName::Geometry | TypeName::Geography => Class::Spatial,
            TypeName::Cursor | TypeName::Table => {
                return Err(SqlError::not_implemented("columns of type cursor or table"));
            }
        })
    }

    /// Bytes of a fixed-width column; None: variable.
    fn width(self) -> Option<usize> {
        Some(match self {
            Class::Bit | Class::TinyInt => 1,
            Class::SmallInt => 2,
            Class::Int | Class::Real | Class::SmallMoney | Class::Date | Class::SmallDateTime => 4,
            Class::BigInt
            | Class::Float
            | Class::Money
            | Class::Time
            | Class::DateTime
            | Class::DateTime2 => 8,
            Class::DateTimeOffset => 10,
            Class::Guid => 16,
            Class::Decimal => 18,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Fixed(usize),
    Variable(usize),
}

#[derive(Debug)]
struct Stored {
    column_id: i32,
    class: Class,
    place: Place,
}

/// How the rows of one version of a table are laid out.
#[derive(Debug)]
pub(crate) struct Layout {
    number: u16,
    columns: Vec<Stored>,
    fixed_at: usize,
    variable_at: usize,
    variable_count: usize,
}

impl Layout {
    pub fn new(number: usize, def: &TableDef) -> Result<Self> {
        let number = u16::try_from(number)
            .ok()
            .filter(|n| *n < WIDE)
            .ok_or_else(|| SqlError::not_implemented("more than 32,767 changes of one table"))?;
        let fixed_at = 2 + def.columns.len().div_ceil(8);
        let mut fixed = fixed_at;
        let mut variable = 0;
        let mut columns = Vec::with_capacity(def.columns.len());
        for column in &def.columns {
            let class = Class::of(&column.sql_type)?;
            let place = match class.width() {
                Some(width) => {
                    fixed += width;
                    Place::Fixed(fixed - width)
                }
                None => {
                    variable += 1;
                    Place::Variable(variable - 1)
                }
            };
            columns.push(Stored {
                column_id: column.column_id,
                class,
                place,
            });
        }
        Ok(Self {
            number,
            columns,
            fixed_at,
            variable_at: fixed,
            variable_count: variable,
        })
    }

    pub fn position_of(&self, column_id: i32) -> Option<usize> {
        self.columns.iter().position(|c| c.column_id == column_id)
    }

    /// Do both keep the same columns in the same places?
    pub fn same_columns(&self, other: &Layout) -> bool {
        self.columns.len() == other.columns.len()
            && self
                .columns
                .iter()
                .zip(&other.columns)
                .all(|(a, b)| a.column_id == b.column_id && a.class == b.class)
    }

    pub fn same_class(&self, position: usize, other: &Layout, at: usize) -> bool {
        self.columns[position].class == other.columns[at].class
    }

    pub fn number_of(row: &[u8]) -> usize {
        usize::from(u16::from_le_bytes([row[0], row[1]]) & !WIDE)
    }

    pub fn encode(&self, row: &[Value]) -> Result<RowBytes> {
        if row.len() != self.columns.len() {
            return Err(wrong_value("a row of another width"));
        }
        match self.encode_with(row, false)? {
            Some(image) => Ok(image),
            None => self
                .encode_with(row, true)?
                .ok_or_else(|| wrong_value("a row beyond 4 GB")),
        }
    }

    /// None: the ends of the variable columns need more bytes than they have.
    fn encode_with(&self, row: &[Value], wide: bool) -> Result<Option<RowBytes>> {
        let size = if wide { 4 } else { 2 };
        let data = self.variable_at + self.variable_count * size;
        let mut out = Vec::with_capacity(data + 128);
        out.resize(data, 0);
        let number = self.number | if wide { WIDE } else { 0 };
        out[..2].copy_from_slice(&number.to_le_bytes());
        for (at, (column, value)) in self.columns.iter().zip(row).enumerate() {
            let null = value.is_null();
            if null {
                out[2 + at / 8] |= 1 << (at % 8);
            }
            match column.place {
                Place::Fixed(offset) => {
                    if let Some(width) = column.class.width()
                        && !null
                    {
                        put_fixed(column.class, value, &mut out[offset..offset + width])?;
                    }
                }
                Place::Variable(number) => {
                    if !null {
                        put_variable(column.class, value, &mut out)?;
                    }
                    let place = self.variable_at + number * size;
                    let end = out.len() - data;
                    let end = if wide {
                        u32::try_from(end).ok()
                    } else {
                        u16::try_from(end).ok().map(u32::from)
                    };
                    let Some(end) = end else { return Ok(None) };
                    out[place..place + size].copy_from_slice(&end.to_le_bytes()[..size]);
                }
            }
        }
        Ok(Some(out.as_slice().into()))
    }

    pub fn decode(&self, row: &[u8], position: usize) -> Value {
        if row[2 + position / 8] & (1 << (position % 8)) != 0 {
            return Value::Null;
        }
        let column = &self.columns[position];
        match column.place {
            Place::Fixed(offset) => {
                debug_assert!(offset >= self.fixed_at);
                get_fixed(column.class, &row[offset..])
            }
            Place::Variable(at) => {
                let (from, to) = self.variable_span(row, at);
                get_variable(column.class, &row[from..to])
            }
        }
    }

    /// As `decode`; a text that is `last` again shares its memory, any other becomes `last`.
    pub fn decode_like(&self, row: &[u8], position: usize, last: &mut Value) -> Value {
        let column = &self.columns[position];
        let Place::Variable(at) = column.place else {
            return self.decode(row, position);
        };
        let (Class::VarChar | Class::NVarChar) = column.class else {
            return self.decode(row, position);
        };
        if row[2 + position / 8] & (1 << (position % 8)) != 0 {
            return Value::Null;
        }
        let (from, to) = self.variable_span(row, at);
        if let Value::VarChar(text) | Value::NVarChar(text) = &*last
            && text.as_bytes() == &row[from..to]
        {
            return last.clone();
        }
        *last = get_variable(column.class, &row[from..to]);
        last.clone()
    }

    fn variable_span(&self, row: &[u8], at: usize) -> (usize, usize) {
        let wide = row[1] & 0x80 != 0;
        let size = if wide { 4 } else { 2 };
        let data = self.variable_at + self.variable_count * size;
        let end = |i: usize| {
            let p = self.variable_at + i * size;
            if wide {
                u32::from_le_bytes([row[p], row[p + 1], row[p + 2], row[p + 3]]) as usize
            } else {
                usize::from(u16::from_le_bytes([row[p], row[p + 1]]))
            }
        };
        let from = if at == 0 { 0 } else { end(at - 1) };
        (data + from, data + end(at))
    }
}

fn wrong_value(what: &str) -> SqlError {
    SqlError::new(
        50000,
        format!("hartonomous-standin was asked to store {what}; this is a defect of the stand-in."),
    )
}

fn put_fixed(class: Class, value: &Value, out: &mut [u8]) -> Result<()> {
    match (class, value) {
        (Class::Bit, Value::Bit(v)) => out[0] = u8::from(*v),
        (Class::TinyInt, Value::TinyInt(v)) => out[0] = *v,
        (Class::SmallInt, Value::SmallInt(v)) => out.copy_from_slice(&v.to_le_bytes()),
        (Class::Int, Value::Int(v))
        | (Class::SmallMoney, Value::SmallMoney(v))
        | (Class::Date, Value::Date(v)) => out.copy_from_slice(&v.to_le_bytes()),
        (Class::BigInt, Value::BigInt(v))
        | (Class::Money, Value::Money(v))
        | (Class::Time, Value::Time(v))
        | (Class::DateTime2, Value::DateTime2(v)) => out.copy_from_slice(&v.to_le_bytes()),
        (Class::Real, Value::Real(v)) => out.copy_from_slice(&v.to_le_bytes()),
        (Class::Float, Value::Float(v)) => out.copy_from_slice(&v.to_le_bytes()),
        (Class::Decimal, Value::Decimal(d)) => {
            out[..16].copy_from_slice(&d.mantissa.to_le_bytes());
            out[16] = d.precision;
            out[17] = d.scale;
        }
        (Class::DateTime, Value::DateTime(days, ticks)) => {
            out[..4].copy_from_slice(&days.to_le_bytes());
            out[4..].copy_from_slice(&ticks.to_le_bytes());
        }
        (Class::SmallDateTime, Value::SmallDateTime(days, minutes)) => {
            out[..2].copy_from_slice(&days.to_le_bytes());
            out[2..].copy_from_slice(&minutes.to_le_bytes());
        }
        (Class::DateTimeOffset, Value::DateTimeOffset(v)) => {
            out[..8].copy_from_slice(&v.ticks.to_le_bytes());
            out[8..].copy_from_slice(&v.offset_minutes.to_le_bytes());
        }
        (Class::Guid, Value::UniqueIdentifier(v)) => out.copy_from_slice(&v[..]),
        _ => {
            return Err(wrong_value(&format!(
                "{value:?} in a column of class {class:?}"
            )));
        }
    }
    Ok(())
}

fn bytes<const N: usize>(row: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&row[at..at + N]);
    out
}

fn get_fixed(class: Class, row: &[u8]) -> Value {
    match class {
        Class::Bit => Value::Bit(row[0] != 0),
        Class::TinyInt => Value::TinyInt(row[0]),
        Class::SmallInt => Value::SmallInt(i16::from_le_bytes(bytes(row, 0))),
        Class::Int => Value::Int(i32::from_le_bytes(bytes(row, 0))),
        Class::BigInt => Value::BigInt(i64::from_le_bytes(bytes(row, 0))),
        Class::Real => Value::Real(f32::from_le_bytes(bytes(row, 0))),
        Class::Float => Value::Float(f64::from_le_bytes(bytes(row, 0))),
        Class::Decimal => Value::Decimal(Box::new(Decimal {
            mantissa: i128::from_le_bytes(bytes(row, 0)),
            precision: row[16],
            scale: row[17],
        })),
        Class::Money => Value::Money(i64::from_le_bytes(bytes(row, 0))),
        Class::SmallMoney => Value::SmallMoney(i32::from_le_bytes(bytes(row, 0))),
        Class::Date => Value::Date(i32::from_le_bytes(bytes(row, 0))),
        Class::Time => Value::Time(i64::from_le_bytes(bytes(row, 0))),
        Class::DateTime => Value::DateTime(
            i32::from_le_bytes(bytes(row, 0)),
            i32::from_le_bytes(bytes(row, 4)),
        ),
        Class::SmallDateTime => Value::SmallDateTime(
            u16::from_le_bytes(bytes(row, 0)),
            u16::from_le_bytes(bytes(row, 2)),
        ),
        Class::DateTime2 => Value::DateTime2(i64::from_le_bytes(bytes(row, 0))),
        Class::DateTimeOffset => Value::DateTimeOffset(Box::new(DateTimeOffset {
            ticks: i64::from_le_bytes(bytes(row, 0)),
            offset_minutes: i16::from_le_bytes(bytes(row, 8)),
        })),
        Class::Guid => Value::UniqueIdentifier(Box::new(bytes(row, 0))),
        _ => Value::Null,
    }
}

fn put_variable(class: Class, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    match (class, value) {
        (
            Class::VarChar | Class::NVarChar | Class::Json | Class::Xml,
            Value::VarChar(v) | Value::NVarChar(v) | Value::Json(v) | Value::Xml(v),
        ) => out.extend(v.as_bytes()),
        (Class::Binary, Value::Binary(v)) | (Class::Spatial, Value::Spatial(v)) => {
            out.extend(&v[..])
        }
        (Class::Vector, Value::Vector(v)) => {
            out.reserve(v.len() * 4);
            for component in v.iter() {
                out.extend(component.to_le_bytes());
            }
        }
        (Class::Variant, Value::Variant(inner)) => put_variant(&inner.0, &inner.1, out)?,
        _ => {
            return Err(wrong_value(&format!(
                "{value:?} in a column of class {class:?}"
            )));
        }
    }
    Ok(())
}

fn get_variable(class: Class, row: &[u8]) -> Value {
    let text = || Arc::<str>::from(String::from_utf8_lossy(row));
    match class {
        Class::VarChar => Value::VarChar(text()),
        Class::NVarChar => Value::NVarChar(text()),
        Class::Json => Value::Json(text()),
        Class::Xml => Value::Xml(text()),
        Class::Binary => Value::Binary(row.into()),
        Class::Spatial => Value::Spatial(row.into()),
        Class::Vector => Value::Vector(
            row.chunks_exact(4)
                .map(|c| f32::from_le_bytes([c[0], c[1], c[2], c[3]]))
                .collect(),
        ),
        Class::Variant => get_variant(row),
        _ => Value::Null,
    }
}

/// Types that sql_variant can hold; a value's type is stored as its place in this list.
const VARIANT_TYPES: [TypeName; 23] = [
    TypeName::Bit,
    TypeName::TinyInt,
    TypeName::SmallInt,
    TypeName::Int,
    TypeName::BigInt,
    TypeName::Real,
    TypeName::Float,
    TypeName::Decimal,
    TypeName::Numeric,
    TypeName::Money,
    TypeName::SmallMoney,
    TypeName::Char,
    TypeName::VarChar,
    TypeName::NChar,
    TypeName::NVarChar,
    TypeName::Binary,
    TypeName::VarBinary,
    TypeName::Date,
    TypeName::Time,
    TypeName::DateTime,
    TypeName::SmallDateTime,
    TypeName::DateTime2,
    TypeName::UniqueIdentifier,
];
const VARIANT_OFFSET: u8 = VARIANT_TYPES.len() as u8;

fn put_variant(sql_type: &SqlType, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    let code = match sql_type.name {
        TypeName::DateTimeOffset => VARIANT_OFFSET,
        name => VARIANT_TYPES
            .iter()
            .position(|t| *t == name)
            .and_then(|p| u8::try_from(p).ok())
            .ok_or_else(|| SqlError::not_implemented(format!("sql_variant of {name:?}")))?,
    };
    out.push(code);
    out.extend(sql_type.length.to_le_bytes());
    out.extend([
        sql_type.precision,
        sql_type.scale,
        u8::from(sql_type.binary_collation),
    ]);
    let class = Class::of(sql_type)?;
    match class.width() {
        Some(width) => {
            let from = out.len();
            out.resize(from + width, 0);
            put_fixed(class, value, &mut out[from..])
        }
        None => put_variable(class, value, out),
    }
}

fn get_variant(row: &[u8]) -> Value {
    let name = VARIANT_TYPES
        .get(usize::from(row[0]))
        .copied()
        .unwrap_or(TypeName::DateTimeOffset);
    let mut sql_type = SqlType::sized(name, i32::from_le_bytes(bytes(row, 1)));
    sql_type.precision = row[5];
    sql_type.scale = row[6];
    sql_type.binary_collation = row[7] != 0;
    let Ok(class) = Class::of(&sql_type) else {
        return Value::Null;
    };
    let value = match class.width() {
        Some(_) => get_fixed(class, &row[8..]),
        None => get_variable(class, &row[8..]),
    };
    Value::Variant(Box::new((sql_type, value)))
}
