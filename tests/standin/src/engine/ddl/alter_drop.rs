//! ALTER TABLE DROP: columns with everything that depends on them (5074 then 4922), constraints, the period.

use std::sync::Arc;

use crate::catalog::model::{TableDef, TemporalRole};
use crate::engine::frame::ExecContext;
use crate::engine::sysviews::Snapshot;
use crate::error::{Result, SqlError};
use crate::syntax::ast::AlterTableDrop;

use super::naming::not_dropped;
use super::{alter_table, apply, index, memory_index, memory_table, references, target};

pub(super) fn drop(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    items: &[AlterTableDrop],
) -> Result<()> {
    let mut def = (**table).clone();
    let mut dropped = Vec::new();
    for item in items {
        match item {
            AlterTableDrop::Constraint {
                if_exists, name, ..
            } => drop_constraint(ctx, &mut def, &name.text, *if_exists)?,
            AlterTableDrop::Column { if_exists, name } => {
                alter_table::refuse_on_history(ctx, table, 13551, "Drop")?;
                let Some(at) = def.column_ordinal(&name.text) else {
                    if *if_exists {
                        continue;
                    }
                    return Err(SqlError::new(
                        4924,
                        format!(
                            "ALTER TABLE DROP COLUMN failed because column '{}' does not exist in table '{}'.",
                            name.text, def.name
                        ),
                    ));
                };
                refuse_dependents(ctx, &def, at, "DROP COLUMN", false)?;
                if def.columns.len() == 1 {
                    return Err(SqlError::new(
                        4923,
                        format!(
                            "ALTER TABLE DROP COLUMN failed because '{}' is the only data column in table '{}'. A table must have at least one data column.",
                            name.text, def.name
                        ),
                    ));
                }
                dropped.push(def.columns.remove(at).name);
            }
            AlterTableDrop::Period => drop_period(ctx, &mut def)?,
            AlterTableDrop::Index { name } => memory_index::drop(&mut def, name)?,
        }
    }
    memory_table::require_key(&def)?;
    let history = alter_table::history_of(ctx, table);
    apply::replace_table(ctx, def)?;
    if let Some(history) = history
        && !dropped.is_empty()
    {
        let mut past = (*history).clone();
        past.columns
            .retain(|c| !dropped.iter().any(|d| d.eq_ignore_ascii_case(&c.name)));
        apply::replace_table(ctx, past)?;
    }
    Ok(())
}

fn drop_period(ctx: &ExecContext<'_>, def: &mut TableDef) -> Result<()> {
    let name = target::three_part(ctx.session, def);
    if matches!(def.temporal, TemporalRole::Current { .. }) {
        return Err(SqlError::new(
            13592,
            format!("Cannot drop SYSTEM_TIME period because table '{name}' is system-versioned."),
        ));
    }
    if def.period.take().is_none() {
        return Err(SqlError::new(
            13593,
            format!("SYSTEM_TIME period does not exist on table '{name}'."),
        ));
    }
    for column in &mut def.columns {
        column.generated = None;
        column.hidden = false;
    }
    Ok(())
}

/// 3728 for an unknown name, 3725 for a key that a foreign key needs, each then 3727.
fn drop_constraint(
    ctx: &ExecContext<'_>,
    def: &mut TableDef,
    name: &str,
    if_exists: bool,
) -> Result<()> {
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    if let Some(column) = def
        .columns
        .iter_mut()
        .find(|c| c.default.as_ref().is_some_and(|d| same(&d.name)))
    {
        column.default = None;
        return Ok(());
    }
    let before = def.checks.len() + def.foreign_keys.len();
    def.checks.retain(|c| !same(&c.name));
    def.foreign_keys.retain(|k| !same(&k.name));
    if def.checks.len() + def.foreign_keys.len() < before {
        return Ok(());
    }
    let Some(key) = def
        .indexes
        .iter()
        .find(|i| i.constraint.as_ref().is_some_and(|c| same(&c.name)))
    else {
        if if_exists {
            return Ok(());
        }
        return Err(not_dropped(SqlError::new(
            3728,
            format!("'{name}' is not a constraint."),
        )));
    };
    let ids: Vec<i32> = key.keys.iter().map(|k| k.column_id).collect();
    for other in Snapshot::of_database(ctx.session, def.database_id).tables {
        let blocking = other.foreign_keys.iter().find(|f| {
            f.referenced_table == def.object_id
                && f.referenced_columns.len() == ids.len()
                && f.referenced_columns.iter().all(|c| ids.contains(c))
        });
        if let Some(foreign) = blocking {
            return Err(not_dropped(
                SqlError::new(
                    3725,
                    format!("The constraint '{name}' is being referenced by table '{}', foreign key constraint '{}'.", other.name, foreign.name),
                )
                .state(0),
            ));
        }
    }
    if let (true, TemporalRole::Current { .. }) = (
        key.constraint.as_ref().is_some_and(|c| c.primary),
        def.temporal,
    ) {
        return Err(SqlError::new(
            13553,
            format!(
                "System versioned temporal table '{}' must have primary key defined.",
                target::three_part(ctx.session, def)
            ),
        ));
    }
    let spatial = def.indexes.iter().any(|i| i.spatial.is_some());
    if spatial && key.index_id == 1 {
        return Err(not_dropped(SqlError::new(
            3734,
            format!(
                "Could not drop the primary key constraint '{name}' because the table has an XML or spatial index."
            ),
        )));
    }
    let id = key.index_id;
    index::take(def, id);
    Ok(())
}

/// One 5074 per object that uses the column, then 4922.
pub(super) fn refuse_dependents(
    ctx: &ExecContext<'_>,
    def: &TableDef,
    at: usize,
    operation: &str,
    retyped: bool,
) -> Result<()> {
    let column = &def.columns[at];
    let id = column.column_id;
    let mut blockers: Vec<(&str, String)> = Vec::new();
    for index in &def.indexes {
        let uses = index.keys.iter().any(|k| k.column_id == id)
            || index.includes.contains(&id)
            || index
                .filter
                .as_ref()
                .is_some_and(|f| references::columns_in(def, f).contains(&id));
        if uses {
            let kind = if index.constraint.is_some() {
                "object"
            } else {
                "index"
            };
            blockers.push((kind, index.name.clone()));
        }
    }
    if let Some(default) = column
        .default
        .as_ref()
        .filter(|_| retyped || operation == "DROP COLUMN")
    {
        blockers.push(("object", default.name.clone()));
    }
    for check in def
        .checks
        .iter()
        .filter(|c| references::columns_in(def, &c.text).contains(&id))
    {
        blockers.push(("object", check.name.clone()));
    }
    for key in def.foreign_keys.iter().filter(|k| k.columns.contains(&id)) {
        blockers.push(("object", key.name.clone()));
    }
    for other in &def.columns {
        if other
            .computed
            .as_ref()
            .is_some_and(|c| references::columns_in(def, &c.text).contains(&id))
        {
            blockers.push(("column", other.name.clone()));
        }
    }
    for statistics in def.statistics.iter().filter(|s| !s.auto_created) {
        let filtered = statistics
            .filter
            .as_ref()
            .is_some_and(|f| references::columns_in(def, f).contains(&id));
        if statistics.columns.contains(&id) || filtered {
            blockers.push(("statistics", statistics.name.clone()));
        }
    }
    let snapshot = Snapshot::of_database(ctx.session, def.database_id);
    for table in &snapshot.tables {
        for key in &table.foreign_keys {
            if key.referenced_table == def.object_id
                && key.referenced_columns.contains(&id)
                && table.object_id != def.object_id
            {
                blockers.push(("object", key.name.clone()));
            }
        }
    }
    for module in snapshot.modules.iter().filter(|m| m.schema_bound) {
        if module
            .references
            .iter()
            .any(|(o, c)| *o == def.object_id && *c == id)
        {
            blockers.push(("object", module.name.clone()));
        }
    }
    if def
        .period
        .as_ref()
        .is_some_and(|p| p.start_column_id == id || p.end_column_id == id)
    {
        blockers.push(("period", "SYSTEM_TIME".to_owned()));
    }
    let mut errors = blockers.into_iter().map(|(kind, name)| {
        SqlError::new(
            5074,
            format!(
                "The {kind} '{name}' is dependent on column '{}'.",
                column.name
            ),
        )
    });
    let Some(mut first) = errors.next() else {
        return Ok(());
    };
    first.follow_ups.extend(errors);
    Err(first.followed_by(
        SqlError::new(
            4922,
            format!(
                "ALTER TABLE {operation} {} failed because one or more objects access this column.",
                column.name
            ),
        )
        .state(9),
    ))
}
