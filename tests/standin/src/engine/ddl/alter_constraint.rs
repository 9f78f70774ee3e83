//! CHECK and NOCHECK CONSTRAINT, and whether the rows that are there satisfy a constraint (547).

use std::collections::HashSet;
use std::sync::Arc;

use crate::catalog::model::{CheckDef, ForeignKeyDef, TableDef};
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::syntax::ast::Ident;
use crate::types::compare::hash_key;

use super::{apply, binding, target};

pub(super) fn switch(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    enable: bool,
    all: bool,
    names: &[Ident],
    with_check: bool,
) -> Result<()> {
    let mut def = (**table).clone();
    for name in names {
        let known = def
            .checks
            .iter()
            .any(|c| c.name.eq_ignore_ascii_case(&name.text))
            || def
                .foreign_keys
                .iter()
                .any(|k| k.name.eq_ignore_ascii_case(&name.text));
        if !known {
            return Err(
                SqlError::new(4917, format!("Constraint '{}' does not exist.", name.text))
                    .state(0)
                    .followed_by(
                        SqlError::new(
                            4916,
                            "Could not enable or disable the constraint. See previous errors.",
                        )
                        .state(0),
                    ),
            );
        }
    }
    let wanted = |name: &str| all || names.iter().any(|n| n.text.eq_ignore_ascii_case(name));
    for check in def
        .checks
        .iter()
        .filter(|c| enable && with_check && wanted(&c.name))
    {
        verify_check(ctx, &def, check)?;
    }
    for key in def
        .foreign_keys
        .iter()
        .filter(|k| enable && with_check && wanted(&k.name))
    {
        verify_foreign_key(ctx, &def, key)?;
    }
    // Only WITH CHECK makes a constraint trusted again; disabling one makes it untrusted.
    let change = |disabled: &mut bool, not_trusted: &mut bool| {
        *disabled = !enable;
        if !enable {
            *not_trusted = true;
        } else if with_check {
            *not_trusted = false;
        }
    };
    for check in def.checks.iter_mut().filter(|c| wanted(&c.name)) {
        change(&mut check.disabled, &mut check.not_trusted);
    }
    for key in def.foreign_keys.iter_mut().filter(|k| wanted(&k.name)) {
        change(&mut key.disabled, &mut key.not_trusted);
    }
    apply::replace_table(ctx, def).map(|_| ())
}

fn conflict(
    ctx: &ExecContext<'_>,
    kind: &str,
    name: &str,
    table: &TableDef,
    column: Option<&str>,
) -> SqlError {
    let column = column.map_or_else(String::new, |c| format!(", column '{c}'"));
    SqlError::new(
        547,
        format!(
            "The ALTER TABLE statement conflicted with the {kind} constraint \"{name}\". The conflict occurred in database \"{}\", table \"{}\"{column}.",
            super::database_name(ctx.session, table.database_id),
            target::two_part(ctx.session, table)
        ),
    )
    .state(0)
}

pub(super) fn verify_check(
    ctx: &mut ExecContext<'_>,
    table: &TableDef,
    check: &CheckDef,
) -> Result<()> {
    if apply::is_empty(ctx.session, table) {
        return Ok(());
    }
    let rows = apply::all_rows(ctx.session, table)?;
    if binding::all_satisfy(ctx, table, &check.text, &rows)? {
        return Ok(());
    }
    let columns = super::references::columns_in(table, &check.text);
    let column = match columns[..] {
        [one] => table
            .ordinal_of(one)
            .map(|at| table.columns[at].name.clone()),
        _ => None,
    };
    Err(conflict(
        ctx,
        "CHECK",
        &check.name,
        table,
        column.as_deref(),
    ))
}

pub(super) fn verify_foreign_key(
    ctx: &mut ExecContext<'_>,
    table: &TableDef,
    key: &ForeignKeyDef,
) -> Result<()> {
    if apply::is_empty(ctx.session, table) {
        return Ok(());
    }
    let Some(parent) = ctx
        .session
        .server
        .store
        .table(key.referenced_table)
        .map(|t| t.def())
    else {
        return Ok(());
    };
    let image = |def: &TableDef, ids: &[i32], row: &[crate::types::Value]| -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for id in ids {
            let at = def.ordinal_of(*id)?;
            if row[at].is_null() {
                return None;
            }
            let part = hash_key(&row[at], &def.columns[at].sql_type);
            bytes.extend(u32::try_from(part.len()).unwrap_or(0).to_be_bytes());
            bytes.extend(part);
        }
        Some(bytes)
    };
    let known: HashSet<Vec<u8>> = apply::all_rows(ctx.session, &parent)?
        .iter()
        .filter_map(|row| image(&parent, &key.referenced_columns, row))
        .collect();
    for row in apply::all_rows(ctx.session, table)? {
        if image(table, &key.columns, &row).is_some_and(|value| !known.contains(&value)) {
            let column = match key.referenced_columns[..] {
                [one] => parent
                    .ordinal_of(one)
                    .map(|at| parent.columns[at].name.clone()),
                _ => None,
            };
            return Err(conflict(
                ctx,
                "FOREIGN KEY",
                &key.name,
                &parent,
                column.as_deref(),
            ));
        }
    }
    Ok(())
}
