//! The column lists of system views, and rows that are filled by column name.

use crate::protocol::ColumnInfo;
use crate::types::{SqlType, TypeName, Value};

/// One column of a list: `name type[!][=default]`, `!` for NOT NULL.
pub(crate) struct ColumnSpec {
    pub(crate) name: &'static str,
    pub(crate) sql_type: SqlType,
    pub(crate) nullable: bool,
    default: Value,
}

/// Reads a comma-separated column list. An unreadable type would be a mistake in this program; a test reads all lists.
pub(crate) fn parse_spec(spec: &'static str) -> Vec<ColumnSpec> {
    split_columns(spec).filter_map(parse_column).collect()
}

/// Splits at the commas outside of parentheses.
pub(crate) fn split_columns(spec: &'static str) -> impl Iterator<Item = &'static str> {
    let mut depth = 0;
    spec.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|item| !item.is_empty())
}

fn parse_column(item: &'static str) -> Option<ColumnSpec> {
    let (name, rest) = item.split_once(' ')?;
    let (declared, default) = match rest.split_once('=') {
        Some((declared, default)) => (declared, Some(default)),
        None => (rest, None),
    };
    let nullable = !declared.ends_with('!');
    let sql_type = parse_type(declared.trim_end_matches('!'))?;
    let default = default.map_or(Value::Null, |text| default_value(&sql_type, text));
    Some(ColumnSpec {
        name,
        sql_type,
        nullable,
        default,
    })
}

fn parse_type(text: &str) -> Option<SqlType> {
    let (name, args) = match text.split_once('(') {
        Some((name, args)) => (name, args.trim_end_matches(')')),
        None => (text, ""),
    };
    let first = args.split(',').next().unwrap_or("").trim();
    let length = if first == "max" {
        SqlType::MAX
    } else {
        first.parse().unwrap_or(0)
    };
    let scale = u8::try_from(length).unwrap_or(0);
    Some(match name {
        "int" => SqlType::INT,
        "bigint" => SqlType::BIGINT,
        "smallint" => SqlType::plain(TypeName::SmallInt),
        "tinyint" => SqlType::plain(TypeName::TinyInt),
        "bit" => SqlType::BIT,
        "real" => SqlType::REAL,
        "float" => SqlType::FLOAT,
        "sysname" => SqlType::SYSNAME,
        "nvarchar" => SqlType::nvarchar(length),
        "varchar" => SqlType::varchar(length),
        "char" => SqlType::sized(TypeName::Char, length),
        "nchar" => SqlType::sized(TypeName::NChar, length),
        "binary" => SqlType::sized(TypeName::Binary, length),
        "varbinary" => SqlType::varbinary(length),
        "datetime" => SqlType::plain(TypeName::DateTime),
        "datetime2" => SqlType::datetime2(scale),
        "uniqueidentifier" => SqlType::plain(TypeName::UniqueIdentifier),
        "sql_variant" => SqlType::plain(TypeName::SqlVariant),
        "numeric" => {
            let places = args.split(',').nth(1).unwrap_or("0").trim();
            let mut decimal = SqlType::decimal(scale, places.parse().ok()?);
            decimal.name = TypeName::Numeric;
            decimal
        }
        _ => return None,
    })
}

fn default_value(sql_type: &SqlType, text: &str) -> Value {
    match sql_type.name {
        TypeName::Bit => Value::Bit(text == "1"),
        TypeName::TinyInt => text.parse().map_or(Value::Null, Value::TinyInt),
        TypeName::SmallInt => text.parse().map_or(Value::Null, Value::SmallInt),
        TypeName::Int => text.parse().map_or(Value::Null, Value::Int),
        TypeName::BigInt => text.parse().map_or(Value::Null, Value::BigInt),
        TypeName::Real => text.parse().map_or(Value::Null, Value::Real),
        TypeName::Float => text.parse().map_or(Value::Null, Value::Float),
        TypeName::VarChar | TypeName::Char => Value::varchar(text),
        _ => Value::nvarchar(text),
    }
}

/// What the binder sees of a column list.
pub fn column_infos(spec: &'static str) -> Vec<ColumnInfo> {
    parse_spec(spec)
        .into_iter()
        .map(|column| ColumnInfo {
            name: column.name.to_owned(),
            sql_type: column.sql_type,
            nullable: column.nullable,
            identity: false,
            computed: false,
            updatable: false,
        })
        .collect()
}

/// Rows of one view in the making.
pub struct Rows {
    spec: Vec<ColumnSpec>,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    pub fn new(spec: &'static str) -> Self {
        Self {
            spec: parse_spec(spec),
            rows: Vec::new(),
        }
    }

    /// Adds a row; columns that are not given take the default of the list, or NULL.
    pub fn push<const N: usize>(&mut self, values: [(&str, Value); N]) {
        let mut row: Vec<Value> = self.spec.iter().map(|c| c.default.clone()).collect();
        for (name, value) in values {
            if let Some(at) = self.spec.iter().position(|c| c.name == name) {
                row[at] = narrowed(&self.spec[at].sql_type, value);
            } else {
                debug_assert!(false, "the view has no column {name}");
            }
        }
        self.rows.push(row);
    }

    /// Changes columns of the last row.
    pub fn amend<const N: usize>(&mut self, values: [(&str, Value); N]) {
        if let Some(row) = self.rows.last_mut() {
            for (name, value) in values {
                if let Some(at) = self.spec.iter().position(|c| c.name == name) {
                    row[at] = narrowed(&self.spec[at].sql_type, value);
                } else {
                    debug_assert!(false, "the view has no column {name}");
                }
            }
        }
    }

    pub fn finish(self) -> Vec<Vec<Value>> {
        self.rows
    }
}

/// Integers and texts are given in one width and stored in the column's own.
fn narrowed(sql_type: &SqlType, value: Value) -> Value {
    match (sql_type.name, value) {
        (TypeName::TinyInt, Value::Int(n)) => u8::try_from(n).map_or(Value::Null, Value::TinyInt),
        (TypeName::SmallInt, Value::Int(n)) => {
            i16::try_from(n).map_or(Value::Null, Value::SmallInt)
        }
        (TypeName::BigInt, Value::Int(n)) => Value::BigInt(i64::from(n)),
        (TypeName::Int, Value::BigInt(n)) => i32::try_from(n).map_or(Value::Null, Value::Int),
        (TypeName::Bit, Value::Int(n)) => Value::Bit(n != 0),
        (TypeName::Char | TypeName::NChar, Value::VarChar(text) | Value::NVarChar(text)) => {
            let width = usize::try_from(sql_type.length).unwrap_or(0);
            let padded = format!("{text:<width$}");
            if sql_type.name == TypeName::Char {
                Value::varchar(padded)
            } else {
                Value::nvarchar(padded)
            }
        }
        (TypeName::VarChar, Value::NVarChar(text)) => Value::VarChar(text),
        (TypeName::NVarChar, Value::VarChar(text)) => Value::NVarChar(text),
        (TypeName::SqlVariant, value)
            if !value.is_null() && !matches!(value, Value::Variant(_)) =>
        {
            match variant_type(&value) {
                Some(base) => Value::Variant(Box::new((base, value))),
                None => Value::Null,
            }
        }
        (_, value) => value,
    }
}

fn variant_type(value: &Value) -> Option<SqlType> {
    Some(match value {
        Value::Int(_) => SqlType::INT,
        Value::BigInt(_) => SqlType::BIGINT,
        Value::Bit(_) => SqlType::BIT,
        Value::NVarChar(text) => {
            SqlType::nvarchar(i32::try_from(text.encode_utf16().count().max(1)).unwrap_or(4000))
        }
        Value::VarChar(text) => SqlType::varchar(i32::try_from(text.len().max(1)).unwrap_or(8000)),
        _ => return None,
    })
}
