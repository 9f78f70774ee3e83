//! ALTER INDEX and DROP INDEX.

use crate::catalog::model::{Compression, IndexDef};
use crate::engine::frame::ExecContext;
use crate::engine::memory_optimized;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{AlterIndex, DropIndexItem};

use super::index::{settings, table_for_index, take};
use super::{apply, permission, target, view_index};

/// 2727.
pub(super) fn index_missing(name: &str) -> SqlError {
    SqlError::new(2727, format!("Cannot find index '{name}'.")).class(11)
}

/// 1915 and 1979: indexes whose IGNORE_DUP_KEY cannot be changed.
fn refuse_lenient(index: &IndexDef) -> Result<()> {
    if index.constraint.is_some() {
        return Err(SqlError::new(
            1979,
            format!(
                "Cannot use index option ignore_dup_key to alter index '{}' as it enforces a primary or unique constraint.",
                index.name
            ),
        ));
    }
    if index.filter.is_some() {
        return Err(SqlError::not_implemented(
            "IGNORE_DUP_KEY of a filtered index",
        ));
    }
    if !index.unique {
        return Err(SqlError::new(
            1915,
            format!(
                "Cannot alter a non-unique index with ignore_dup_key index option. Index '{}' is non-unique.",
                index.name
            ),
        ));
    }
    Ok(())
}

pub(super) fn alter(ctx: &mut ExecContext<'_>, alter: &AlterIndex) -> Result<()> {
    if let Some(view) = view_index::view(ctx, &alter.table)? {
        return view_index::alter(ctx, alter, &view);
    }
    let table = table_for_index(ctx, &alter.table, 9)?;
    memory_optimized::refuse_on(&table, "The operation 'ALTER INDEX'", 8)?;
    let settings = settings(ctx.session, &table, &alter.options)?;
    let mut def = (*table).clone();
    let wanted = match &alter.name {
        None => None,
        Some(name) => Some(
            def.indexes
                .iter()
                .find(|i| i.index_id > 0 && i.name.eq_ignore_ascii_case(&name.text))
                .map(|i| i.index_id)
                .ok_or_else(|| index_missing(&name.text))?,
        ),
    };
    let action = alter.action.to_ascii_uppercase();
    match action.as_str() {
        "REORGANIZE" => return Ok(()),
        "REBUILD" | "DISABLE" | "SET" => {}
        other => {
            return Err(SqlError::not_implemented(format_args!(
                "ALTER INDEX {other}"
            )));
        }
    }
    for index in def
        .indexes
        .iter_mut()
        .filter(|i| wanted.is_none_or(|id| id == i.index_id))
    {
        match action.as_str() {
            "DISABLE" if index.index_id <= 1 => {
                return Err(SqlError::not_implemented(
                    "ALTER INDEX DISABLE of a clustered index",
                ));
            }
            // The rows go, and with them the partition that knew how they were compressed.
            "DISABLE" => {
                index.disabled = true;
                index.compression = Compression::None;
            }
            "REBUILD" => {
                index.disabled = false;
                if let Some(compression) = settings.compression {
                    index.compression = compression;
                }
                if settings.fill_factor > 0 {
                    index.fill_factor = settings.fill_factor;
                }
            }
            _ if alter
                .options
                .iter()
                .any(|o| o.name.eq_ignore_ascii_case("IGNORE_DUP_KEY")) =>
            {
                refuse_lenient(index)?;
                index.ignore_dup_key = settings.ignore_dup_key;
            }
            _ => {}
        }
    }
    // The clustered index is the table.
    let rewritten = action == "REBUILD" && wanted.is_none_or(|id| id <= 1);
    let def = apply::replace_table(ctx, def)?;
    if rewritten {
        apply::rewrite_rows(ctx, &def)?;
    }
    Ok(())
}

pub(super) fn drop(
    ctx: &mut ExecContext<'_>,
    if_exists: bool,
    items: &[DropIndexItem],
) -> Result<()> {
    for item in items {
        let written = format!("{}.{}", target::written(&item.table), item.index.text);
        let missing = || {
            SqlError::new(
                3701,
                format!("Cannot drop the index '{written}', because it does not exist or you do not have permission."),
            )
            .class(11)
            .state(7)
        };
        if let Some(view) = view_index::view(ctx, &item.table)? {
            let dropped = view_index::drop(ctx, &view, &item.index.text)?;
            if !dropped && !if_exists {
                return Err(missing());
            }
            continue;
        }
        let table = target::table(ctx, &item.table)?;
        if let Some(table) = &table {
            memory_optimized::refuse_on(table, "The operation 'DROP INDEX'", 106)?;
        }
        let found = table.and_then(|t| {
            let id = t
                .indexes
                .iter()
                .find(|i| i.index_id > 0 && i.name.eq_ignore_ascii_case(&item.index.text))?
                .index_id;
            Some((t, id))
        });
        let Some((table, id)) = found else {
            if if_exists {
                continue;
            }
            return Err(missing());
        };
        if table.database_id != crate::catalog::TEMPDB
            && !permission::allows(ctx.session, table.object_id, table.schema_id, "ALTER")
        {
            return Err(missing());
        }
        let mut def = (*table).clone();
        if let Some(index) = def.indexes.iter().find(|i| i.index_id == id)
            && let Some(key) = &index.constraint
        {
            let kind = if key.primary {
                "PRIMARY KEY"
            } else {
                "UNIQUE KEY"
            };
            return Err(SqlError::new(
                3723,
                format!("An explicit DROP INDEX is not allowed on index '{written}'. It is being used for {kind} constraint enforcement."),
            )
            .state(4));
        }
        take(&mut def, id);
        apply::replace_table(ctx, def)?;
    }
    Ok(())
}
