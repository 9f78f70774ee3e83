//! FOR JSON PATH: one text made of all rows.

use std::sync::Arc;

use crate::error::{Result, SqlError};
use crate::syntax::ast::{ForClause, OptionValue};
use crate::types::{SqlType, Value};

use super::bind_from::plain_column;
use super::json_text;
use super::plan::Plan;
use super::scope::ScopeColumn;

/// The name that SQL Server gives the only column.
pub const COLUMN_NAME: &str = "JSON_F52E2B61-18A1-11d1-B105-00805F49916B";

/// A column of the result as a property.
#[derive(Debug)]
pub struct JsonProperty {
    /// Its name, split at the dots.
    pub path: Vec<String>,
    pub ty: SqlType,
    /// The text is JSON already.
    pub raw: bool,
}

#[derive(Debug)]
pub struct JsonSpec {
    pub columns: Vec<JsonProperty>,
    pub include_nulls: bool,
    pub without_wrapper: bool,
    pub root: Option<String>,
}

/// 13605 a column without a name, 13601 paths that collide, 13620 ROOT with WITHOUT_ARRAY_WRAPPER.
pub(super) fn bind(
    plan: Plan,
    columns: &[ScopeColumn],
    clause: &ForClause,
) -> Result<(Plan, Vec<ScopeColumn>)> {
    let ForClause::Json { auto, options } = clause else {
        return Err(SqlError::not_implemented("FOR XML and FOR BROWSE"));
    };
    if *auto {
        return Err(SqlError::not_implemented("FOR JSON AUTO"));
    }
    let mut spec = JsonSpec {
        columns: Vec::with_capacity(columns.len()),
        include_nulls: false,
        without_wrapper: false,
        root: None,
    };
    for option in options {
        match option.name.to_ascii_uppercase().as_str() {
            "INCLUDE_NULL_VALUES" => spec.include_nulls = true,
            "WITHOUT_ARRAY_WRAPPER" => spec.without_wrapper = true,
            "ROOT" => {
                spec.root = Some(match &option.value {
                    Some(OptionValue::Text(text) | OptionValue::Word(text)) => text.clone(),
                    _ => "root".to_owned(),
                });
            }
            "PATH" => {}
            other => return Err(SqlError::not_implemented(format!("FOR JSON with {other}"))),
        }
    }
    if spec.root.is_some() && spec.without_wrapper {
        return Err(SqlError::new(
            13620,
            "ROOT option and WITHOUT_ARRAY_WRAPPER option cannot be used together in FOR JSON. Remove one of these options.",
        )
        .compile());
    }
    for (at, column) in columns.iter().enumerate() {
        if column.name.is_empty() {
            return Err(SqlError::new(
                13605,
                format!(
                    "Column expressions and data sources without names or aliases cannot be formatted as JSON text using FOR JSON clause. Add alias to the unnamed column or table. The column position is {}.",
                    at + 1
                ),
            )
            .compile());
        }
        let path: Vec<String> = column.name.split('.').map(str::to_owned).collect();
        if spec
            .columns
            .iter()
            .any(|p| p.path.starts_with(&path) || path.starts_with(&p.path))
        {
            return Err(SqlError::new(
                13601,
                format!("Property '{}' cannot be generated in JSON output due to a conflict with another column name or alias. Use different names and aliases for each column in SELECT list.", column.name),
            )
            .compile());
        }
        let raw = match &plan {
            Plan::Project { exprs, .. } => json_text::is_json(&exprs[at]),
            _ => false,
        };
        spec.columns.push(JsonProperty {
            path,
            ty: column.ty.clone(),
            raw,
        });
    }
    let output = plain_column(
        COLUMN_NAME.to_owned(),
        SqlType::nvarchar(SqlType::MAX),
        true,
    );
    Ok((
        Plan::ForJson {
            input: Box::new(plan),
            spec: Arc::new(spec),
        },
        vec![output],
    ))
}

/// Adds one row's object to the text.
pub(super) fn write_row(spec: &JsonSpec, row: &[Value], out: &mut String) -> Result<()> {
    let mut open: Vec<&str> = Vec::new();
    out.push('{');
    let mut first = true;
    for (JsonProperty { path, ty, raw }, value) in spec.columns.iter().zip(row) {
        if value.is_null() && !spec.include_nulls {
            continue;
        }
        let parents = &path[..path.len() - 1];
        let shared = open
            .iter()
            .zip(parents)
            .take_while(|(a, b)| **a == b.as_str())
            .count();
        for _ in shared..open.len() {
            out.push('}');
        }
        open.truncate(shared);
        if !first {
            out.push(',');
        }
        first = false;
        for name in &parents[shared..] {
            json_text::quote(name, out);
            out.push_str(":{");
            open.push(name);
        }
        json_text::quote(&path[path.len() - 1], out);
        out.push(':');
        json_text::write(value, ty, *raw, out)?;
    }
    for _ in open {
        out.push('}');
    }
    out.push('}');
    Ok(())
}

/// The whole text around the rows' objects; None without rows, as SQL Server sends no row then.
pub(super) fn wrap(spec: &JsonSpec, objects: String, rows: u64) -> Option<String> {
    if rows == 0 && spec.root.is_none() {
        return None;
    }
    if spec.without_wrapper {
        return Some(objects);
    }
    Some(match &spec.root {
        Some(root) => {
            let mut text = String::from("{");
            json_text::quote(root, &mut text);
            text.push_str(":[");
            text.push_str(&objects);
            text.push_str("]}");
            text
        }
        None => format!("[{objects}]"),
    })
}
