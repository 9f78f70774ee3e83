//! ALTER TABLE: which part of it does what.

use std::sync::Arc;

use crate::catalog::model::{Compression, TableDef, TemporalRole};
use crate::engine::frame::ExecContext;
use crate::engine::memory_optimized;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{AlterTable, AlterTableAction as Action};

use super::temporal::Versioning;
use super::{
    alter_add, alter_column, alter_constraint, alter_drop, apply, index, memory_index, target,
    temporal,
};

/// What refuses the whole batch.
pub(super) fn bind_check(alter: &AlterTable) -> Result<()> {
    match &alter.action {
        Action::Add(body) => temporal::check_period_syntax(body, false),
        _ => Ok(()),
    }
}

pub(super) fn alter(
    ctx: &mut ExecContext<'_>,
    alter: &AlterTable,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let table = target::table_to_alter(ctx, &alter.table)?;
    if table.memory_optimized {
        memory_optimized::refuse_in_transaction(ctx.session, memory_optimized::TABLES)?;
    }
    apply::lock_schema(ctx, table.object_id)?;
    let table = target::table_to_alter(ctx, &alter.table)?;
    memory_index::check_alter(ctx, &table, &alter.action)?;
    match &alter.action {
        Action::Add(body) => {
            alter_add::add(ctx, &table, body, alter.with_check != Some(false), sink)
        }
        Action::AlterColumn {
            name,
            data_type,
            collation,
            nullable,
            ..
        } => alter_column::alter(
            ctx,
            &table,
            name,
            data_type,
            collation.as_deref(),
            *nullable,
        ),
        Action::AlterIndex { name, options } => memory_index::alter(ctx, &table, name, options),
        Action::AlterColumnProperty {
            name,
            add,
            property,
        } => alter_column::property(ctx, &table, name, *add, property),
        Action::Drop(items) => alter_drop::drop(ctx, &table, items),
        Action::CheckConstraint { enable, all, names } => alter_constraint::switch(
            ctx,
            &table,
            *enable,
            *all,
            names,
            alter.with_check == Some(true),
        ),
        Action::Trigger { .. } => Err(SqlError::not_implemented("triggers")),
        Action::SystemVersioning { on: false, .. } => temporal::switch_off(ctx, &table),
        Action::SystemVersioning {
            history,
            consistency_check,
            retention,
            ..
        } => {
            let request = Versioning {
                history: history.as_ref(),
                consistency_check: consistency_check.unwrap_or(true),
                retention: retention
                    .as_ref()
                    .and_then(|(n, unit)| retention_of(n.as_deref(), unit)),
                create: false,
            };
            temporal::switch_on(ctx, &table, &request)
        }
        Action::LockEscalation(word) => {
            let mut def = (*table).clone();
            def.lock_escalation_disabled = word.eq_ignore_ascii_case("DISABLE");
            apply::replace_table(ctx, def).map(|_| ())
        }
        Action::Rebuild { options } => rebuild(ctx, &table, options),
        Action::Unsupported(what) => Err(SqlError::not_implemented(format_args!(
            "ALTER TABLE {what}"
        ))),
    }
}

/// -1 is INFINITE.
pub(super) fn retention_of(number: Option<&str>, unit: &str) -> Option<(i32, String)> {
    let number = match number {
        Some(number) => number.parse().ok()?,
        None => -1,
    };
    Some((number, unit.to_ascii_uppercase()))
}

fn rebuild(
    ctx: &mut ExecContext<'_>,
    table: &Arc<TableDef>,
    options: &[crate::syntax::ast::NamedOption],
) -> Result<()> {
    let settings = index::settings(ctx.session, table, options)?;
    let mut def = (**table).clone();
    for index in def.indexes.iter_mut().filter(|i| i.index_id <= 1) {
        if let Some(compression) = settings.compression {
            index.compression = compression;
        } else if options
            .iter()
            .any(|o| o.name.eq_ignore_ascii_case("DATA_COMPRESSION"))
        {
            index.compression = Compression::None;
        }
    }
    let def = apply::replace_table(ctx, def)?;
    apply::rewrite_rows(ctx, &def)
}

/// The history of a current table, when versioning is on.
pub(super) fn history_of(ctx: &ExecContext<'_>, table: &TableDef) -> Option<Arc<TableDef>> {
    match table.temporal {
        TemporalRole::Current { history } => {
            ctx.session.server.store.table(history).map(|t| t.def())
        }
        _ => None,
    }
}

/// 13550, 13551, 13548: a history table is changed through its current table.
pub(super) fn refuse_on_history(
    ctx: &ExecContext<'_>,
    table: &TableDef,
    number: i32,
    what: &str,
) -> Result<()> {
    if !matches!(table.temporal, TemporalRole::History { .. }) {
        return Ok(());
    }
    let name = target::three_part(ctx.session, table);
    let text = match number {
        13548 => format!(
            "Cannot alter column '{what}' on table '{name}' because it is not a supported operation on system-versioned temporal or ledger tables."
        ),
        _ => format!(
            "{what} column operation failed on table '{name}' because it is not a supported operation on system-versioned temporal tables."
        ),
    };
    Err(SqlError::new(number, text))
}
