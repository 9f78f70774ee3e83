//! ALTER TABLE of memory-optimised tables: what it does to their indexes, and what it does not do.

use std::sync::Arc;

use crate::catalog::model::{IndexKind, TableDef};
use crate::engine::frame::ExecContext;
use crate::engine::memory_optimized::not_supported;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{
    AlterTableAction as Action, AlterTableDrop, Ident, NamedOption, TableBody,
};
use crate::types::type_name::TypeContext;

use super::naming::not_created;
use super::{apply, memory_table, table_body};

/// What a memory-optimised table refuses, and what only such a table takes: 10794, 10785.
pub(super) fn check_alter(ctx: &ExecContext<'_>, table: &TableDef, action: &Action) -> Result<()> {
    if !table.memory_optimized {
        return check_alter_on_disk(action);
    }
    match action {
        Action::Add(body) => check_add(ctx, body),
        Action::AlterColumn { data_type, .. } => {
            let context = TypeContext::Variable { ordinal: 0 };
            memory_table::check_type(&table_body::resolve_type(ctx.session, data_type, context)?)
        }
        Action::AlterColumnProperty { .. } => Err(SqlError::not_implemented(
            "ALTER COLUMN ADD and DROP of a memory-optimised table",
        )),
        Action::SystemVersioning { .. } => Err(SqlError::not_implemented(
            "system versioning of memory-optimised tables",
        )),
        Action::LockEscalation(_) => Err(not_supported("The option 'LOCK_ESCALATION'", 127)),
        Action::Rebuild { .. } => Err(not_supported("The operation 'ALTER TABLE REBUILD'", 126)),
        _ => Ok(()),
    }
}

fn check_alter_on_disk(action: &Action) -> Result<()> {
    match action {
        Action::Add(body) if !body.indexes.is_empty() => Err(only_in_memory("ADD", 1)),
        Action::Drop(items)
            if items
                .iter()
                .any(|item| matches!(item, AlterTableDrop::Index { .. })) =>
        {
            Err(only_in_memory("DROP", 2))
        }
        Action::AlterIndex { .. } => Err(SqlError::not_implemented(
            "ALTER TABLE ... ALTER INDEX of a table on disk",
        )),
        _ => Ok(()),
    }
}

/// 10785.
fn only_in_memory(verb: &str, state: u8) -> SqlError {
    not_created(
        SqlError::new(
            10785,
            format!(
                "The operation 'ALTER TABLE {verb} INDEX' is supported only with memory optimized tables."
            ),
        )
        .state(state),
        0,
    )
}

fn check_add(ctx: &ExecContext<'_>, body: &TableBody) -> Result<()> {
    if !body.periods.is_empty() {
        return Err(SqlError::not_implemented(
            "system versioning of memory-optimised tables",
        ));
    }
    for column in &body.columns {
        memory_table::check_column(ctx.session, column)?;
    }
    memory_table::check_shapes(body)
}

/// 3701: there is no such index.
fn missing(verb: &str, name: &str, state: u8) -> SqlError {
    SqlError::new(
        3701,
        format!(
            "Cannot {verb} the index '{name}', because it does not exist or you do not have permission."
        ),
    )
    .state(state)
}

/// ALTER TABLE ... DROP INDEX; 3723 for the index of a key.
pub(super) fn drop(table: &mut TableDef, name: &Ident) -> Result<()> {
    let Some(at) = table
        .indexes
        .iter()
        .position(|i| i.index_id > 0 && i.name.eq_ignore_ascii_case(&name.text))
    else {
        return Err(missing("drop", &name.text, 21));
    };
    if table.indexes[at].constraint.is_some() {
        return Err(SqlError::not_implemented(
            "ALTER TABLE DROP INDEX of the index of a key",
        ));
    }
    table.indexes.remove(at);
    Ok(())
}

/// ALTER TABLE ... ALTER INDEX ... REBUILD WITH (BUCKET_COUNT = n): 3701, 10790 for an index that is no hash index.
pub(super) fn alter(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    name: &Ident,
    options: &[NamedOption],
) -> Result<()> {
    let mut def = (**table).clone();
    let Some(index) = def
        .indexes
        .iter_mut()
        .find(|i| i.index_id > 0 && i.name.eq_ignore_ascii_case(&name.text))
    else {
        return Err(missing("alter", &name.text, 22));
    };
    if !matches!(index.kind, IndexKind::Hash(_)) {
        return Err(SqlError::new(
            10790,
            "The option 'BUCKET_COUNT' can be specified only for hash indexes.",
        )
        .state(4));
    }
    index.kind = IndexKind::Hash(memory_table::buckets(options)?);
    apply::replace_table(ctx, def).map(|_| ())
}
