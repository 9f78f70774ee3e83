//! FOREIGN KEY: what it references must exist, be a key, and have the same types; cascades must not meet.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{ForeignKeyDef, ReferentialAction, TableDef};
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{ConstraintKind, Ident, ObjectName, TableConstraint};

use super::naming::{constraint_name, not_created};
use super::table_body::Adding;
use super::target::written;

fn action(word: Option<&str>) -> ReferentialAction {
    match word.map(str::to_ascii_uppercase).as_deref() {
        Some("CASCADE") => ReferentialAction::Cascade,
        Some("SET NULL") => ReferentialAction::SetNull,
        Some("SET DEFAULT") => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

pub(super) fn add(
    session: &Session,
    table: &mut TableDef,
    column: Option<&Ident>,
    constraint: &TableConstraint,
    adding: Adding,
) -> Result<()> {
    let ConstraintKind::ForeignKey {
        columns,
        table: target,
        referenced,
        on_delete,
        on_update,
        ..
    } = &constraint.kind
    else {
        return Ok(());
    };
    let object_id = session.server.catalog.next_object_id();
    let columns: Vec<&Ident> = match column {
        Some(one) if columns.is_empty() => vec![one],
        _ => columns.iter().collect(),
    };
    let first = columns.first().map(|c| c.text.as_str());
    let name = constraint.name.as_ref().map_or_else(
        || constraint_name("FK", &table.name, first, object_id),
        |n| n.text.clone(),
    );
    let state = u8::from(adding == Adding::Create);
    let key = resolve(session, table, &name, &columns, target, referenced)
        .map_err(|e| not_created(e, state))?;
    let def = ForeignKeyDef {
        object_id,
        name,
        system_named: constraint.name.is_none(),
        columns: key.columns,
        referenced_table: key.referenced_table,
        referenced_columns: key.referenced_columns,
        on_delete: action(on_delete.as_deref()),
        on_update: action(on_update.as_deref()),
        disabled: false,
        not_trusted: false,
    };
    refuse_null_action(table, &def).map_err(|e| not_created(e, state))?;
    check_memory_optimized(session, table, &def)?;
    check_cascades(session, table, &def).map_err(|e| not_created(e, state))?;
    table.foreign_keys.push(def);
    Ok(())
}

/// 1761: SET NULL needs columns that may be null.
fn refuse_null_action(table: &TableDef, key: &ForeignKeyDef) -> Result<()> {
    let sets_null = [key.on_delete, key.on_update].contains(&ReferentialAction::SetNull);
    let fixed = key
        .columns
        .iter()
        .filter_map(|id| table.ordinal_of(*id))
        .any(|at| !table.columns[at].nullable);
    if !(sets_null && fixed) {
        return Ok(());
    }
    Err(SqlError::new(
        1761,
        format!(
            "Cannot create the foreign key \"{}\" with the SET NULL referential action, because one or more referencing columns are not nullable.",
            key.name
        ),
    ))
}

struct ResolvedKey {
    columns: Vec<i32>,
    referenced_table: i32,
    referenced_columns: Vec<i32>,
}

fn resolve(
    session: &Session,
    table: &TableDef,
    name: &str,
    columns: &[&Ident],
    target: &ObjectName,
    referenced: &[Ident],
) -> Result<ResolvedKey> {
    let parent = parent_table(session, table, name, target)?;
    let other: &TableDef = parent.as_deref().unwrap_or(table);
    let other_name = written(target);
    let mut own = Vec::new();
    for column in columns {
        let at = table.column_ordinal(&column.text).ok_or_else(|| {
            SqlError::new(
                1769,
                format!("Foreign key '{name}' references invalid column '{}' in referencing table '{}'.", column.text, table.name),
            )
        })?;
        own.push(at);
    }
    let theirs: Vec<usize> = if referenced.is_empty() {
        let primary = other.indexes.iter().find(|i| i.constraint.as_ref().is_some_and(|c| c.primary)).ok_or_else(|| {
            SqlError::new(
                1773,
                format!("Foreign key '{name}' has implicit reference to object '{other_name}' which does not have a primary key defined on it."),
            )
            .state(0)
        })?;
        primary
            .keys
            .iter()
            .filter_map(|k| other.ordinal_of(k.column_id))
            .collect()
    } else {
        let mut found = Vec::new();
        for column in referenced {
            found.push(other.column_ordinal(&column.text).ok_or_else(|| {
                SqlError::new(
                    1770,
                    format!("Foreign key '{name}' references invalid column '{}' in referenced table '{other_name}'.", column.text),
                )
                .state(0)
            })?);
        }
        found
    };
    if own.len() != theirs.len() {
        return Err(SqlError::new(
            8139,
            format!("Number of referencing columns in foreign key differs from number of referenced columns, table '{}'.", table.name),
        )
        .state(0));
    }
    let ids: Vec<i32> = theirs
        .iter()
        .map(|at| other.columns[*at].column_id)
        .collect();
    let is_key = other.indexes.iter().any(|i| {
        i.unique
            && i.filter.is_none()
            && i.keys.len() == ids.len()
            && i.keys.iter().all(|k| ids.contains(&k.column_id))
    });
    if !is_key {
        return Err(SqlError::new(
            1776,
            format!(
                "There are no primary or candidate keys in the referenced table '{other_name}' that match the referencing column list in the foreign key '{name}'."
            ),
        )
        .state(0));
    }
    for (mine, theirs) in own.iter().zip(&theirs) {
        same_type(table, *mine, other, *theirs, name)?;
    }
    Ok(ResolvedKey {
        columns: own.iter().map(|at| table.columns[*at].column_id).collect(),
        referenced_table: other.object_id,
        referenced_columns: ids,
    })
}

/// None: the table references itself.
fn parent_table(
    session: &Session,
    table: &TableDef,
    name: &str,
    target: &ObjectName,
) -> Result<Option<Arc<TableDef>>> {
    let schema = target.schema().unwrap_or(&session.default_schema);
    let own_schema = super::target::schema_name(session, table.database_id, table.schema_id);
    if target.base().eq_ignore_ascii_case(&table.name) && schema.eq_ignore_ascii_case(&own_schema) {
        return Ok(None);
    }
    if target
        .database()
        .is_some_and(|d| !d.eq_ignore_ascii_case(&super::database_name(session, table.database_id)))
    {
        return Err(SqlError::new(
            1763,
            format!(
                "Cross-database foreign key references are not supported. Foreign key '{}'.",
                written(target)
            ),
        )
        .state(0));
    }
    match session
        .server
        .catalog
        .resolve(table.database_id, Some(schema), schema, target.base())
    {
        Some(Object::Table(found)) => Ok(Some(found)),
        Some(_) => Err(SqlError::new(
            1768,
            format!(
                "Foreign key '{name}' references object '{}' which is not a user table.",
                written(target)
            ),
        )
        .state(0)),
        None => Err(SqlError::new(
            1767,
            format!(
                "Foreign key '{name}' references invalid table '{}'.",
                written(target)
            ),
        )
        .state(0)),
    }
}

fn same_type(
    table: &TableDef,
    mine: usize,
    other: &TableDef,
    theirs: usize,
    name: &str,
) -> Result<()> {
    let (a, b) = (&table.columns[mine], &other.columns[theirs]);
    let number = if a.sql_type.name != b.sql_type.name
        || a.sql_type.precision != b.sql_type.precision
        || a.sql_type.scale != b.sql_type.scale
    {
        1778
    } else if a.sql_type.length != b.sql_type.length
        && !matches!(
            a.sql_type.name,
            crate::types::TypeName::VarChar
                | crate::types::TypeName::NVarChar
                | crate::types::TypeName::VarBinary
        )
    {
        1753
    } else {
        return Ok(());
    };
    let what = if number == 1778 {
        "data type as"
    } else {
        "length or scale as"
    };
    let end = if number == 1753 {
        " Columns participating in a foreign key relationship must be defined with the same length and scale."
    } else {
        ""
    };
    Err(SqlError::new(
        number,
        format!(
            "Column '{}.{}' is not the same {what} referencing column '{}.{}' in foreign key '{name}'.{end}",
            other.name, b.name, table.name, a.name
        ),
    )
    .state(0))
}

/// 10778 between a memory-optimised table and one on disk; 10794 for an action and 10780 for a key that is not primary.
fn check_memory_optimized(session: &Session, table: &TableDef, key: &ForeignKeyDef) -> Result<()> {
    let parent = (key.referenced_table != table.object_id)
        .then(|| session.server.store.table(key.referenced_table))
        .flatten()
        .map(|found| found.def());
    let other = parent.as_deref().unwrap_or(table);
    if table.memory_optimized != other.memory_optimized {
        let refused = SqlError::new(
            10778,
            "Foreign key relationships between memory optimized tables and non-memory optimized tables are not supported.",
        );
        return Err(not_created(refused, 0));
    }
    if !table.memory_optimized {
        return Ok(());
    }
    for action in [key.on_delete, key.on_update] {
        let word = match action {
            ReferentialAction::NoAction => continue,
            ReferentialAction::Cascade => "CASCADE",
            ReferentialAction::SetNull => "SET NULL",
            ReferentialAction::SetDefault => "SET DEFAULT",
        };
        return Err(crate::engine::memory_optimized::not_supported(
            format_args!("The option '{word}'"),
            134,
        ));
    }
    let primary = other.indexes.iter().any(|i| {
        i.constraint.as_ref().is_some_and(|c| c.primary)
            && i.keys.len() == key.referenced_columns.len()
            && i.keys
                .iter()
                .all(|k| key.referenced_columns.contains(&k.column_id))
    });
    if primary {
        return Ok(());
    }
    let refused = SqlError::new(
        10780,
        format!(
            "There is no primary key in the referenced table '{}' that matches the referencing column list in the foreign key '{}'. Foreign keys in memory-optimized tables must reference primary keys.",
            other.name, key.name
        ),
    );
    Err(not_created(refused, 0))
}

/// 1785: two ways for one delete or update to reach the same rows.
fn check_cascades(session: &Session, table: &TableDef, key: &ForeignKeyDef) -> Result<()> {
    let cascades = |k: &ForeignKeyDef| {
        k.on_delete != ReferentialAction::NoAction || k.on_update != ReferentialAction::NoAction
    };
    if !cascades(key) {
        return Ok(());
    }
    let itself = key.referenced_table == table.object_id;
    let twice = table
        .foreign_keys
        .iter()
        .any(|k| cascades(k) && reaches(session, k.referenced_table, key.referenced_table));
    if itself || twice || reaches(session, key.referenced_table, table.object_id) {
        return Err(SqlError::new(
            1785,
            format!(
                "Introducing FOREIGN KEY constraint '{}' on table '{}' may cause cycles or multiple cascade paths. Specify ON DELETE NO ACTION or ON UPDATE NO ACTION, or modify other FOREIGN KEY constraints.",
                key.name, table.name
            ),
        )
        .state(0));
    }
    Ok(())
}

/// Do the cascading references of `from` lead to `to`, or do both lead to one table?
fn reaches(session: &Session, from: i32, to: i32) -> bool {
    let mut open = vec![from];
    let mut seen = Vec::new();
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        if let Some(table) = session.server.store.table(id) {
            open.extend(
                table
                    .def()
                    .foreign_keys
                    .iter()
                    .filter(|k| {
                        k.on_delete != ReferentialAction::NoAction
                            || k.on_update != ReferentialAction::NoAction
                    })
                    .map(|k| k.referenced_table),
            );
        }
    }
    false
}
