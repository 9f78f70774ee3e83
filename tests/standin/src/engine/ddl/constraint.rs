//! Key and check constraints of a table body.

use crate::catalog::model::{
    CheckDef, Compression, IndexDef, IndexKind, KeyConstraintDef, TableDef,
};
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{
    ConstraintKind, Ident, KeyColumn, NamedOption, TableBody, TableConstraint,
};

use super::expression_text::expression_text;
use super::naming::{constraint_name, key_name, not_created};
use super::table_body::{Adding, TableUse};
use super::{binding, foreign_key, index, index_key};

/// A constraint and the column it was written at, if any.
type Written<'a> = (Option<&'a Ident>, &'a TableConstraint);

fn written(body: &TableBody) -> Vec<Written<'_>> {
    let at_columns = body
        .columns
        .iter()
        .flat_map(|c| c.constraints.iter().map(move |k| (Some(&c.name), k)));
    at_columns
        .chain(body.constraints.iter().map(|k| (None, k)))
        .collect()
}

pub(super) fn add_keys(
    session: &Session,
    table: &mut TableDef,
    body: &TableBody,
    adding: Adding,
) -> Result<()> {
    let said_null: Vec<i32> = body
        .columns
        .iter()
        .filter(|c| c.nullable == Some(true))
        .filter_map(|c| table.column_ordinal(&c.name.text))
        .map(|at| table.columns[at].column_id)
        .collect();
    // A primary key without CLUSTERED or NONCLUSTERED is clustered unless a unique constraint says CLUSTERED.
    let said_clustered = written(body).iter().any(|(_, k)| {
        matches!(
            &k.kind,
            ConstraintKind::Key {
                clustered: Some(true),
                ..
            }
        )
    }) || body.indexes.iter().any(|i| i.clustered == Some(true));
    for (column, constraint) in written(body) {
        if let ConstraintKind::Key {
            primary,
            clustered,
            hash,
            columns,
            options,
            ..
        } = &constraint.kind
        {
            let here;
            let columns = match column {
                Some(name) if columns.is_empty() => {
                    here = [KeyColumn {
                        name: name.clone(),
                        descending: false,
                        directed: false,
                    }];
                    &here[..]
                }
                _ => columns,
            };
            let free = !table.indexes.iter().any(|i| i.index_id == 1) && !said_clustered;
            let clustered = clustered.unwrap_or(*primary && free);
            let kind = super::memory_table::kind_of(table, *hash, options)?;
            let key = Key {
                name: constraint.name.as_ref(),
                primary: *primary,
                clustered,
                kind,
                columns,
                options,
                said_null: &said_null,
            };
            add_key(session, table, &key, adding).map_err(|e| match e.number {
                8110 | 8111 if adding == Adding::Create => not_created(e, 0),
                _ => not_created(e, u8::from(adding == Adding::Create)),
            })?;
        }
    }
    Ok(())
}

struct Key<'a> {
    name: Option<&'a Ident>,
    primary: bool,
    clustered: bool,
    /// When it is not clustered.
    kind: IndexKind,
    columns: &'a [KeyColumn],
    options: &'a [NamedOption],
    /// Columns that were written with NULL.
    said_null: &'a [i32],
}

fn add_key(session: &Session, table: &mut TableDef, key: &Key<'_>, adding: Adding) -> Result<()> {
    let object_id = session.server.catalog.next_object_id();
    let prefix = if key.primary { "PK" } else { "UQ" };
    let name = key.name.map_or_else(
        || key_name(prefix, &table.name, object_id),
        |n| n.text.clone(),
    );
    let has_primary = table
        .indexes
        .iter()
        .any(|i| i.constraint.as_ref().is_some_and(|c| c.primary));
    if key.primary && has_primary {
        return Err(match adding {
            Adding::Create => SqlError::new(
                8110,
                format!(
                    "Cannot add multiple PRIMARY KEY constraints to table '{}'.",
                    table.name
                ),
            )
            .state(0),
            Adding::Alter => SqlError::new(
                1779,
                format!(
                    "Table '{}' already has a primary key defined on it.",
                    table.name
                ),
            )
            .state(0),
        });
    }
    if key.clustered
        && let Some(other) = table.indexes.iter().find(|i| i.index_id == 1)
    {
        return Err(match adding {
            Adding::Create => SqlError::new(
                8112,
                format!("Cannot add more than one clustered index for constraints on table '{}'.", table.name),
            )
            .state(0),
            Adding::Alter => SqlError::new(
                1902,
                format!(
                    "Cannot create more than one clustered index on table '{}'. Drop the existing clustered index '{}' before creating another.",
                    table.name, other.name
                ),
            )
            .state(3),
        });
    }
    let keys = index_key::keys(
        table,
        &name,
        key.columns,
        key.clustered,
        index_key::KeyUse::Constraint,
    )?;
    if key.primary {
        for column in &keys {
            let Some(at) = table.ordinal_of(column.column_id) else {
                continue;
            };
            let explicit_null = match adding {
                Adding::Alter => table.columns[at].nullable,
                Adding::Create => key.said_null.contains(&column.column_id),
            };
            if explicit_null {
                return Err(SqlError::new(
                    8111,
                    format!(
                        "Cannot define PRIMARY KEY constraint on nullable column in table '{}'.",
                        table.name
                    ),
                ));
            }
        }
    }
    let settings = index::settings(session, table, key.options)?;
    if table
        .indexes
        .iter()
        .any(|i| i.name.eq_ignore_ascii_case(&name))
    {
        return Err(index::exists(table, &name));
    }
    let def = IndexDef {
        index_id: index::next_id(table, key.clustered),
        name: name.clone(),
        kind: if key.clustered {
            IndexKind::Clustered
        } else {
            key.kind
        },
        unique: true,
        keys,
        includes: Vec::new(),
        filter: None,
        compression: settings.compression.unwrap_or(Compression::None),
        disabled: false,
        ignore_dup_key: settings.ignore_dup_key,
        fill_factor: settings.fill_factor,
        constraint: Some(KeyConstraintDef {
            object_id,
            name,
            primary: key.primary,
            system_named: key.name.is_none(),
        }),
        spatial: None,
    };
    index::put(table, def);
    Ok(())
}

pub(super) fn add_checks_and_foreign_keys(
    session: &Session,
    table: &mut TableDef,
    body: &TableBody,
    adding: Adding,
    table_use: TableUse,
) -> Result<()> {
    for (column, constraint) in written(body) {
        match &constraint.kind {
            ConstraintKind::Check { expr, .. } => {
                let vector = super::references::columns_of(table, expr)
                    .into_iter()
                    .find_map(|id| {
                        let at = table.ordinal_of(id)?;
                        (table.columns[at].sql_type.name == crate::types::TypeName::Vector)
                            .then(|| table.columns[at].name.clone())
                    });
                if let Some(name) = vector {
                    return Err(not_created(
                        SqlError::new(
                            1760,
                            format!(
                                "Constraints of this type cannot be created on columns of type 'vector'. Column '{name}'."
                            ),
                        ),
                        0,
                    ));
                }
                super::constraint_rules::check_columns(table, column, expr)?;
                binding::check_condition(session, table, expr)?;
                let object_id = session.server.catalog.next_object_id();
                let name = constraint.name.as_ref().map_or_else(
                    || {
                        constraint_name(
                            "CK",
                            &table.name,
                            column.map(|c| c.text.as_str()),
                            object_id,
                        )
                    },
                    |n| n.text.clone(),
                );
                table.checks.push(CheckDef {
                    object_id,
                    name,
                    system_named: constraint.name.is_none(),
                    text: expression_text(expr),
                    disabled: false,
                    not_trusted: false,
                });
            }
            ConstraintKind::ForeignKey { .. }
                if !matches!(table_use, TableUse::Permanent | TableUse::MemoryOptimized) =>
            {
                if table_use != TableUse::Temporary {
                    return Err(SqlError::syntax(
                        "REFERENCES",
                        i32::try_from(constraint.span.line).unwrap_or(0),
                    ));
                }
                // SQL Server skips foreign keys of temporary tables and says so (1766 is informational).
            }
            ConstraintKind::ForeignKey { .. } => {
                foreign_key::add(session, table, column, constraint, adding)?;
            }
            ConstraintKind::Key { .. } | ConstraintKind::Default { .. } => {}
        }
    }
    Ok(())
}
