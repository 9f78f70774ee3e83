//! What sp_rename does to the catalog.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::TableDef;
use crate::engine::frame::ExecContext;
use crate::engine::sysviews::Snapshot;
use crate::error::{Result, SqlError};

use super::{alter_table, apply, references};

fn ambiguous(old: &str, kind: &str) -> SqlError {
    SqlError::new(
        15248,
        format!(
            "Either the parameter @objname is ambiguous or the claimed @objtype ({kind}) is wrong."
        ),
    )
    .state(if old.is_empty() { 2 } else { 1 })
}

fn taken(new: &str, kind: &str) -> SqlError {
    SqlError::new(
        15335,
        format!(
            "Error: The new name '{new}' is already in use as a {kind} name and would cause a duplicate that is not permitted."
        ),
    )
}

fn find(ctx: &ExecContext<'_>, parts: &[String], old: &str, kind: &str) -> Result<Arc<TableDef>> {
    let base = parts.last().ok_or_else(|| ambiguous(old, kind))?;
    let schema = parts.len().checked_sub(2).map(|at| parts[at].as_str());
    match ctx.session.server.catalog.resolve(
        ctx.session.database,
        schema,
        &ctx.session.default_schema,
        base,
    ) {
        Some(Object::Table(table)) => Ok(table),
        _ => Err(ambiguous(old, kind)),
    }
}

/// 15336: a computed column, a CHECK or a schema-bound module has the column's name in its text.
pub fn column(ctx: &mut ExecContext<'_>, parts: &[String], old: &str, new: &str) -> Result<()> {
    let Some((name, table_parts)) = parts.split_last() else {
        return Err(ambiguous(old, "COLUMN"));
    };
    let table = find(ctx, table_parts, old, "COLUMN")?;
    let at = table
        .column_ordinal(name)
        .ok_or_else(|| ambiguous(old, "COLUMN"))?;
    if table.column_ordinal(new).is_some_and(|other| other != at) {
        return Err(taken(new, "COLUMN"));
    }
    let id = table.columns[at].column_id;
    let in_text = |text: &String| references::columns_in(&table, text).contains(&id);
    let bound = table
        .columns
        .iter()
        .filter_map(|c| c.computed.as_ref())
        .any(|c| in_text(&c.text))
        || table.checks.iter().any(|c| in_text(&c.text))
        || table
            .indexes
            .iter()
            .filter_map(|i| i.filter.as_ref())
            .any(in_text)
        || Snapshot::of_database(ctx.session, table.database_id)
            .modules
            .iter()
            .any(|m| {
                m.schema_bound
                    && m.references
                        .iter()
                        .any(|(o, c)| *o == table.object_id && *c == id)
            });
    if bound {
        return Err(enforced(old));
    }
    let history = alter_table::history_of(ctx, &table);
    for part in std::iter::once(table).chain(history) {
        let mut def = (*part).clone();
        if let Some(at) = def.column_ordinal(name) {
            def.columns[at].name = new.to_owned();
            apply::replace_table(ctx, def)?;
        }
    }
    Ok(())
}

pub fn table(ctx: &mut ExecContext<'_>, parts: &[String], old: &str, new: &str) -> Result<()> {
    let table = find(ctx, parts, old, "OBJECT").map_err(|_| {
        SqlError::new(
            15225,
            format!(
                "No item by the name of '{old}' could be found in the current database '{}', given that @itemtype was input as '(null)'.",
                super::database_name(ctx.session, ctx.session.database)
            ),
        )
    })?;
    let schema = super::target::schema_name(ctx.session, table.database_id, table.schema_id);
    if ctx
        .session
        .server
        .catalog
        .resolve(table.database_id, Some(&schema), &schema, new)
        .is_some()
    {
        return Err(taken(new, "OBJECT"));
    }
    let bound = Snapshot::of_database(ctx.session, table.database_id)
        .modules
        .iter()
        .any(|m| m.schema_bound && m.references.iter().any(|(o, _)| *o == table.object_id));
    if bound {
        return Err(enforced(old));
    }
    let mut def = (*table).clone();
    def.name = new.to_owned();
    apply::replace_table(ctx, def).map(|_| ())
}

/// 15336.
fn enforced(old: &str) -> SqlError {
    SqlError::new(
        15336,
        format!(
            "Object '{old}' cannot be renamed because the object participates in enforced dependencies."
        ),
    )
}

pub fn index(ctx: &mut ExecContext<'_>, parts: &[String], old: &str, new: &str) -> Result<()> {
    let Some((name, table_parts)) = parts.split_last() else {
        return Err(ambiguous(old, "INDEX"));
    };
    let table = find(ctx, table_parts, old, "INDEX")?;
    let mut def = (*table).clone();
    if def.indexes.iter().any(|i| i.name.eq_ignore_ascii_case(new)) {
        return Err(taken(new, "INDEX"));
    }
    let Some(index) = def
        .indexes
        .iter_mut()
        .find(|i| i.index_id > 0 && i.name.eq_ignore_ascii_case(name))
    else {
        return Err(ambiguous(old, "INDEX"));
    };
    index.name = new.to_owned();
    if let Some(key) = &mut index.constraint {
        key.name = new.to_owned();
    }
    apply::replace_table(ctx, def).map(|_| ())
}
