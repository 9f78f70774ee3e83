//! Rows of functions in FROM.

use crate::engine;
use crate::error::{Result, SqlError};
use crate::query::eval::{Env, text_of};
use crate::query::plan::{JsonColumn, TableFunction};
use crate::query::storage;
use crate::storage::Access;
use crate::types::json::{self, JsonPath, JsonValue, Mode};
use crate::types::{SqlType, Value, convert};

use super::Row;

pub(super) fn rows(function: &TableFunction, env: &mut Env<'_, '_>) -> Result<Vec<Row>> {
    match function {
        TableFunction::StringSplit {
            text,
            separator,
            ordinal,
            national,
        } => {
            let text = text.value(&[], env)?;
            let separator = separator.value(&[], env)?;
            string_split(&text, &separator, *ordinal, *national)
        }
        TableFunction::GenerateSeries {
            start,
            stop,
            step,
            ty,
        } => {
            let start = start.value(&[], env)?.as_integer();
            let stop = stop.value(&[], env)?.as_integer();
            let step = match step {
                Some(step) => Some(step.value(&[], env)?.as_integer()),
                None => None,
            };
            generate_series(start, stop, step, ty)
        }
        TableFunction::OpenJson {
            json,
            path,
            columns,
        } => {
            let text = json.value(&[], env)?;
            let path = match path {
                Some(path) => Some(path.value(&[], env)?),
                None => None,
            };
            open_json(&text, path.as_ref(), columns)
        }
        TableFunction::Module { module, args, .. } => {
            let values = args
                .iter()
                .map(|a| a.value(&[], env))
                .collect::<Result<Vec<_>>>()?;
            let id = engine::table_function_rows(env.ctx, &module.0, values)?;
            let table = storage::table(env.ctx.session, id)?;
            let columns = (0..table.def().columns.len()).collect();
            let rows = {
                let locks = env.ctx.session.lock_context(crate::locks::Hints {
                    nolock: true,
                    ..Default::default()
                });
                table.scan(&locks, Access::scan(columns))?.collect_all()
            };
            env.ctx.session.drop_side_table(id);
            Ok(rows?.into_iter().map(|(_, row)| row).collect())
        }
        TableFunction::System { rowset, args, .. } => {
            let values = args
                .iter()
                .map(|a| a.value(&[], env))
                .collect::<Result<Vec<_>>>()?;
            rowset.rows(env.ctx.session, &values)
        }
    }
}

/// 214 for a separator that is not one character.
fn string_split(
    text: &Value,
    separator: &Value,
    ordinal: bool,
    national: bool,
) -> Result<Vec<Row>> {
    let separator = text_of(separator).unwrap_or_default();
    let mut chars = separator.chars();
    let (Some(separator), None) = (chars.next(), chars.next()) else {
        return Err(SqlError::new(
            214,
            "Procedure expects parameter 'separator' of type 'nchar(1)/nvarchar(1)'.",
        )
        .state(11));
    };
    let Some(text) = text_of(text) else {
        return Ok(Vec::new());
    };
    Ok(text
        .split(separator)
        .enumerate()
        .map(|(at, part)| {
            let mut row = vec![if national {
                Value::nvarchar(part)
            } else {
                Value::varchar(part)
            }];
            if ordinal {
                row.push(Value::BigInt(i64::try_from(at + 1).unwrap_or(i64::MAX)));
            }
            row
        })
        .collect())
}

fn generate_series(
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<Option<i64>>,
    ty: &SqlType,
) -> Result<Vec<Row>> {
    let (Some(start), Some(stop)) = (start, stop) else {
        return Ok(Vec::new());
    };
    let step = match step {
        None if start <= stop => 1,
        None => -1,
        Some(None) => return Ok(Vec::new()),
        Some(Some(0)) => {
            return Err(SqlError::new(
                4199,
                "Argument value 0 is invalid for argument 3 of generate_series function.",
            ));
        }
        Some(Some(step)) => step,
    };
    let mut rows = Vec::new();
    let mut value = start;
    while (step > 0 && value <= stop) || (step < 0 && value >= stop) {
        rows.push(vec![convert::cast(
            &Value::BigInt(value),
            &SqlType::BIGINT,
            ty,
            None,
            true,
        )?]);
        match value.checked_add(step) {
            Some(next) => value = next,
            None => break,
        }
    }
    Ok(rows)
}

fn open_json(text: &Value, path: Option<&Value>, columns: &[JsonColumn]) -> Result<Vec<Row>> {
    let Some(text) = text_of(text) else {
        return Ok(Vec::new());
    };
    let document = json::parse(text, 4)?;
    let target = match path {
        None => Some(&document),
        Some(path) => {
            let Some(path) = text_of(path) else {
                return Ok(Vec::new());
            };
            let path = JsonPath::parse(path)?;
            let found = path.find(&document);
            if found.is_none() && path.mode == Mode::Strict {
                return Err(JsonPath::not_found(6));
            }
            found
        }
    };
    let Some(target) = target else {
        return Ok(Vec::new());
    };
    if columns.is_empty() {
        return Ok(entries(target));
    }
    // Without a row no path is looked at.
    let items = match target {
        JsonValue::Array(items) if !items.is_empty() => items.as_slice(),
        JsonValue::Object(_) => std::slice::from_ref(target),
        _ => return Ok(Vec::new()),
    };
    let paths = columns
        .iter()
        .map(|column| JsonPath::parse(&column.path))
        .collect::<Result<Vec<_>>>()?;
    items
        .iter()
        .map(|item| shaped(item, columns, &paths))
        .collect()
}

/// key, value, type.
fn entries(target: &JsonValue) -> Vec<Row> {
    let entry = |key: &str, value: &JsonValue| {
        let shown = match value {
            JsonValue::Null => Value::Null,
            JsonValue::Array(_) | JsonValue::Object(_) => {
                let mut text = String::new();
                value.write(&mut text);
                Value::nvarchar(text)
            }
            scalar => scalar.scalar_text().map_or(Value::Null, Value::nvarchar),
        };
        vec![
            Value::nvarchar(key),
            shown,
            Value::TinyInt(value.kind() as u8),
        ]
    };
    match target {
        JsonValue::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| entry(&at.to_string(), item))
            .collect(),
        JsonValue::Object(members) => members
            .iter()
            .map(|(_, name, value)| entry(name, value))
            .collect(),
        _ => Vec::new(),
    }
}

/// A row of OPENJSON ... WITH.
fn shaped(item: &JsonValue, columns: &[JsonColumn], paths: &[JsonPath]) -> Result<Row> {
    columns
        .iter()
        .zip(paths)
        .map(|(column, path)| {
            let found = path.find(item);
            if found.is_none() && path.mode == Mode::Strict {
                return Err(JsonPath::not_found(8));
            }
            let Some(found) = found else {
                return Ok(Value::Null);
            };
            let text = match found {
                JsonValue::Array(_) | JsonValue::Object(_) if column.as_json => {
                    let mut text = String::new();
                    found.write(&mut text);
                    Some(text)
                }
                _ if column.as_json => None,
                scalar => scalar.scalar_text(),
            };
            match text {
                None => Ok(Value::Null),
                Some(text) => convert::cast(
                    &Value::nvarchar(text),
                    &SqlType::nvarchar(SqlType::MAX),
                    &column.ty,
                    None,
                    true,
                ),
            }
        })
        .collect()
}
