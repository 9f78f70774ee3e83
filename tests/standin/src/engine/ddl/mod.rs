//! Definitions: CREATE, ALTER, DROP, permissions, backups and administration, with SQL Server's rules and messages.

mod alter_add;
mod alter_column;
mod alter_constraint;
mod alter_drop;
mod alter_table;
mod apply;
mod backup;
mod binding;
mod body_check;
mod body_shape;
mod column_uses;
mod constraint;
mod constraint_rules;
mod create_table;
mod database;
mod database_access;
mod dbcc;
mod drop_object;
mod expression_text;
mod filegroup;
mod foreign_key;
mod index;
mod index_change;
mod index_key;
mod memory_index;
mod memory_table;
mod module;
mod naming;
mod native_module;
pub mod permission;
mod principals;
pub mod references;
pub mod rename;
mod schema;
mod security;
mod server_role;
mod spatial_index;
pub mod state;
mod statistics;
mod table_body;
mod target;
mod temporal;
mod temporal_history;
mod view_expressions;
mod view_index;
mod view_rules;
mod view_sources;

use crate::catalog::model::DatabaseId;
use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::{Statement, StatementKind};

use super::frame::ExecContext;
use super::session::Session;

pub use backup::BackupRecord;
pub use binding::ViewShape;
pub(crate) use index::require_set_options;
pub(crate) use view_rules::{ViewRole, view_roles};

pub use expression_text::{expression_text, filter_text};
pub use table_body::{TableUse, resolve_type, table_from_body, table_type};

/// Name of a database by its number.
pub fn database_name(session: &Session, id: DatabaseId) -> String {
    session.server.catalog.database_name(id)
}

pub(crate) fn now_ticks() -> i64 {
    super::sysviews::ticks_of(chrono::Utc::now())
}

/// Is the statement one that `execute` runs?
pub fn is_definition(kind: &StatementKind) -> bool {
    use StatementKind as K;
    matches!(
        kind,
        K::CreateTable(_)
            | K::AlterTable(_)
            | K::DropTable { .. }
            | K::CreateIndex(_)
            | K::CreateSpatialIndex(_)
            | K::AlterIndex(_)
            | K::DropIndex { .. }
            | K::CreateStatistics(_)
            | K::UpdateStatistics { .. }
            | K::DropStatistics(_)
            | K::CreateSchema { .. }
            | K::DropSchema { .. }
            | K::CreateProcedure(_)
            | K::CreateFunction(_)
            | K::CreateView(_)
            | K::DropModule { .. }
            | K::CreateType { .. }
            | K::CreateSequence { .. }
            | K::CreateSynonym { .. }
            | K::CreateDatabase { .. }
            | K::DropDatabase { .. }
            | K::AlterDatabase { .. }
            | K::AlterDatabaseScopedConfiguration { .. }
            | K::Backup(_)
            | K::Restore(_)
            | K::Checkpoint
            | K::Dbcc { .. }
            | K::CreateLogin { .. }
            | K::CreateUser { .. }
            | K::CreateRole { .. }
            | K::AlterRole { .. }
            | K::AlterServerRole { .. }
            | K::DropPrincipal { .. }
            | K::AlterLogin { .. }
            | K::AlterUser { .. }
            | K::AlterSchema { .. }
            | K::Permission { .. }
    )
}

/// Runs one definition; a module's text is the text of the scope that creates it.
pub fn execute(
    ctx: &mut ExecContext<'_>,
    statement: &Statement,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let text = std::sync::Arc::clone(&ctx.frame.text);
    execute_with_text(ctx, statement, &text, sink)
}

/// The definition of a table variable.
pub fn table_variable_def(
    ctx: &ExecContext<'_>,
    name: &str,
    body: &crate::syntax::ast::TableBody,
) -> Result<crate::catalog::model::TableDef> {
    table_from_body(
        ctx.session,
        crate::catalog::TEMPDB,
        crate::catalog::DBO,
        name,
        body,
        TableUse::Variable,
    )
}

/// Runs one definition. `text` is the text of the batch or module that holds the statement.
pub fn execute_with_text(
    ctx: &mut ExecContext<'_>,
    statement: &Statement,
    text: &str,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    use StatementKind as K;
    match &statement.kind {
        K::CreateTable(create) => create_table::create(ctx, create),
        K::AlterTable(alter) => alter_table::alter(ctx, alter, sink),
        K::DropTable { if_exists, names } => drop_object::drop_tables(ctx, *if_exists, names),
        K::CreateIndex(create) => index::create(ctx, create, sink),
        K::CreateSpatialIndex(create) => spatial_index::create(ctx, create),
        K::AlterIndex(alter) => index_change::alter(ctx, alter),
        K::DropIndex { if_exists, items } => index_change::drop(ctx, *if_exists, items),
        K::CreateStatistics(create) => statistics::create(ctx, create),
        K::UpdateStatistics { table, names, .. } => statistics::update(ctx, table, names),
        K::DropStatistics(names) => statistics::drop(ctx, names),
        K::CreateSchema {
            name,
            authorization,
        } => schema::create(ctx, name.as_ref(), authorization.as_ref()),
        K::DropSchema { if_exists, name } => schema::drop(ctx, *if_exists, name),
        K::CreateProcedure(_) | K::CreateFunction(_) | K::CreateView(_) => {
            module::create(ctx, statement, text, sink)
        }
        K::AlterSchema { schema, object } => principals::transfer(ctx, schema, object),
        K::DropModule {
            what,
            if_exists,
            names,
        } => drop_object::drop_modules(ctx, *what, *if_exists, names),
        K::CreateType { name, base } => create_table::create_type(ctx, name, base),
        K::CreateSequence { .. } => Err(SqlError::not_implemented("CREATE SEQUENCE")),
        K::CreateSynonym { .. } => Err(SqlError::not_implemented("CREATE SYNONYM")),
        K::CreateDatabase { name, options } => database::create(ctx, name, options),
        K::DropDatabase { if_exists, names } => database::drop(ctx, *if_exists, names),
        K::AlterDatabase { name, action } => database::alter(ctx, name.as_ref(), action, sink),
        K::AlterDatabaseScopedConfiguration { name, value, clear } => {
            database::scoped_configuration(ctx, name, value.as_deref(), *clear)
        }
        K::Backup(backup) => backup::backup(ctx, backup, sink),
        K::Restore(restore) => backup::restore(ctx, restore, sink),
        K::Checkpoint => Ok(()),
        K::Dbcc {
            command,
            arguments,
            options,
        } => dbcc::run(ctx, command, arguments, options, sink),
        K::CreateLogin { .. }
        | K::CreateUser { .. }
        | K::CreateRole { .. }
        | K::AlterRole { .. }
        | K::AlterServerRole { .. }
        | K::DropPrincipal { .. }
        | K::AlterLogin { .. }
        | K::AlterUser { .. }
        | K::Permission { .. } => security::execute(ctx, statement),
        _ => Err(SqlError::not_implemented("this statement as a definition")),
    }
}

/// Compile-time errors of a definition, found while its batch is bound: they refuse the whole batch.
pub fn bind_check(_: &ExecContext<'_>, statement: &Statement) -> Result<()> {
    match &statement.kind {
        StatementKind::CreateTable(create) => {
            temporal::check_period_syntax(&create.body, true)?;
            memory_table::bind_check(&create.body, &create.options, create.name.base())
        }
        StatementKind::AlterTable(alter) => alter_table::bind_check(alter),
        StatementKind::CreateProcedure(create) => {
            crate::engine::memory_optimized::native::check_shape(create)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
