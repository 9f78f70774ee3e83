//! Rules for the columns of a key: they exist, once, have a type with an order, and fit into the key's width.

use crate::catalog::model::{ColumnDef, IndexColumn, TableDef};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{Ident, KeyColumn};
use crate::types::TypeName;

use super::naming::key_column_missing;

/// Most key columns of one index.
const MAX_KEYS: usize = 32;

/// What the key is for: a vector is refused with another number in a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyUse {
    Index,
    Constraint,
}

/// Key columns of an index or key constraint: 1911, 1909, 1919, 1944.
pub(super) fn keys(
    table: &TableDef,
    index: &str,
    columns: &[KeyColumn],
    clustered: bool,
    use_: KeyUse,
) -> Result<Vec<IndexColumn>> {
    if columns.len() > MAX_KEYS {
        return Err(SqlError::new(
            1904,
            format!(
                "The {} '{index}' on table '{}' has {} columns in the key list. The maximum limit for index key column list is {MAX_KEYS}.",
                "index",
                table.name,
                columns.len()
            ),
        ));
    }
    let mut keys: Vec<IndexColumn> = Vec::new();
    let mut width = 0_i64;
    for column in columns {
        let def = column_of(table, &column.name)?;
        if keys.iter().any(|k| k.column_id == def.column_id) {
            return Err(duplicate(&def.name));
        }
        if def.sql_type.name == TypeName::Vector && use_ == KeyUse::Index {
            return Err(SqlError::new(
                1978,
                format!(
                    "Column '{}' in table '{}' is of a type that is invalid for use as a key column in an index or statistics.",
                    def.name, table.name
                ),
            ));
        }
        if !can_be_key(def) {
            return Err(SqlError::new(
                1919,
                format!(
                    "Column '{}' in table '{}' is of a type that is invalid for use as a key column in an index.",
                    def.name, table.name
                ),
            ));
        }
        width += fixed_width(def);
        keys.push(IndexColumn {
            column_id: def.column_id,
            descending: column.descending,
        });
    }
    let limit = if clustered { 900 } else { 1700 };
    if width > limit {
        return Err(SqlError::new(
            1944,
            format!(
                "Index '{index}' was not created. This index has a key length of at least {width} bytes. The maximum permissible key length is {limit} bytes."
            ),
        ));
    }
    Ok(keys)
}

/// Included columns: 1911, 1909, and 1999 for legacy LOB types.
pub(super) fn includes(
    table: &TableDef,
    keys: &[IndexColumn],
    columns: &[Ident],
) -> Result<Vec<i32>> {
    let mut ids: Vec<i32> = Vec::new();
    for column in columns {
        let def = column_of(table, column)?;
        if ids.contains(&def.column_id) || keys.iter().any(|k| k.column_id == def.column_id) {
            return Err(duplicate(&def.name));
        }
        if def.sql_type.name.is_legacy_lob() {
            return Err(SqlError::new(
                1999,
                format!(
                    "Column '{}' in table '{}' is of a type that is invalid for use as included column in an index.",
                    def.name, table.name
                ),
            ));
        }
        ids.push(def.column_id);
    }
    Ok(ids)
}

pub(super) fn column_of<'a>(table: &'a TableDef, name: &Ident) -> Result<&'a ColumnDef> {
    table
        .column_ordinal(&name.text)
        .map(|at| &table.columns[at])
        .ok_or_else(|| key_column_missing(&name.text))
}

fn duplicate(column: &str) -> SqlError {
    SqlError::new(
        1909,
        format!(
            "Cannot use duplicate column names in index. Column name '{column}' listed more than once."
        ),
    )
}

/// Types without an order, and those without a bounded length, are no keys.
pub(super) fn can_be_key(column: &ColumnDef) -> bool {
    let t = &column.sql_type;
    !t.is_incomparable() && !t.is_max()
}

/// Bytes that a key column always takes; a varying one counts only at run time.
fn fixed_width(column: &ColumnDef) -> i64 {
    match column.sql_type.name {
        TypeName::VarChar
        | TypeName::NVarChar
        | TypeName::VarBinary
        | TypeName::SqlVariant
        | TypeName::HierarchyId => 0,
        _ => i64::from(column.sql_type.max_length_bytes().max(0)),
    }
}

/// Would the longest values of the key pass the limit? Then creating it warns (1945, class 10).
pub(super) fn width_warning(
    table: &TableDef,
    index: &str,
    keys: &[IndexColumn],
    clustered: bool,
) -> Option<SqlError> {
    let width: i64 = keys
        .iter()
        .filter_map(|k| table.ordinal_of(k.column_id))
        .map(|at| i64::from(table.columns[at].sql_type.max_length_bytes().max(0)))
        .sum();
    let limit = if clustered { 900 } else { 1700 };
    let kind = if clustered {
        "clustered"
    } else {
        "nonclustered"
    };
    (width > limit).then(|| {
        SqlError::new(
            1945,
            format!(
                "Warning! The maximum key length for a {kind} index is {limit} bytes. The index '{index}' has maximum length of {width} bytes. For some combination of large values, the insert/update operation will fail."
            ),
        )
        .class(10)
    })
}
