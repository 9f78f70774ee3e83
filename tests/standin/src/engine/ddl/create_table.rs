//! CREATE TABLE and CREATE TYPE ... AS TABLE.

use crate::catalog::TEMPDB;
use crate::catalog::model::Compression;
use crate::engine::frame::ExecContext;
use crate::engine::memory_optimized::{self, not_supported};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{CreateTable, CreateTypeBase, ObjectName};

use super::naming::already_exists;
use super::table_body::{TableUse, table_from_body};
use super::{apply, constraint_rules, index, memory_table, permission, target, temporal};

pub(super) fn create(ctx: &mut ExecContext<'_>, create: &CreateTable) -> Result<()> {
    let name = create.name.base();
    let storage = memory_table::storage(&create.options)?;
    if storage.memory_optimized {
        return create_memory_optimized(ctx, create, storage);
    }
    if let Some(group) = &create.on
        && !group.text.eq_ignore_ascii_case("PRIMARY")
        && !group.text.eq_ignore_ascii_case("default")
    {
        return Err(SqlError::new(
            1921,
            format!("Invalid filegroup '{}' specified.", group.text),
        ));
    }
    constraint_rules::refuse_doubled(&create.body, &target::written(&create.name))?;
    if name.starts_with('#') {
        return create_temporary(ctx, create);
    }
    let place = target::place(ctx.session, &create.name)?;
    permission::require_create(ctx.session, "TABLE", (place.schema_id, &place.schema))?;
    if target::existing(ctx.session, &place, name).is_some() {
        return Err(already_exists(name, 6));
    }
    let mut def = table_from_body(
        ctx.session,
        place.database,
        place.schema_id,
        name,
        &create.body,
        TableUse::Permanent,
    )?;
    apply_options(ctx, &mut def, create)?;
    let versioning = create
        .options
        .iter()
        .find(|o| o.name.eq_ignore_ascii_case("SYSTEM_VERSIONING"));
    let def = apply::create_table(ctx, def)?;
    match versioning {
        Some(option) => temporal::versioning_of_create(ctx, &def, option),
        None => Ok(()),
    }
}

/// A table of the filegroup for memory-optimised data.
fn create_memory_optimized(
    ctx: &mut ExecContext<'_>,
    create: &CreateTable,
    storage: memory_table::Storage,
) -> Result<()> {
    let name = create.name.base();
    if create.on.is_some() {
        return Err(not_supported("The feature 'ON'", 1));
    }
    for option in &create.options {
        match option.name.to_ascii_uppercase().as_str() {
            "MEMORY_OPTIMIZED" | "DURABILITY" => {}
            "DATA_COMPRESSION" => return Err(not_supported("The option 'DATA_COMPRESSION'", 2)),
            other => {
                return Err(SqlError::not_implemented(format_args!(
                    "{other} of a memory-optimised table"
                )));
            }
        }
    }
    if name.starts_with('#') {
        return Err(SqlError::new(
            12322,
            "Temporary tables are not supported with memory optimized tables.",
        )
        .state(78));
    }
    memory_optimized::refuse_in_transaction(ctx.session, memory_optimized::TABLES)?;
    if ctx.session.options.isolation == crate::protocol::IsolationLevel::Snapshot {
        return Err(memory_optimized::isolation::under_snapshot());
    }
    constraint_rules::refuse_doubled(&create.body, &target::written(&create.name))?;
    let place = target::place(ctx.session, &create.name)?;
    permission::require_create(ctx.session, "TABLE", (place.schema_id, &place.schema))?;
    if target::existing(ctx.session, &place, name).is_some() {
        return Err(already_exists(name, 6));
    }
    if let Some(database) = ctx.session.server.catalog.database(place.database) {
        memory_table::check(ctx.session, &database, name, &create.body, storage)?;
    }
    let mut def = table_from_body(
        ctx.session,
        place.database,
        place.schema_id,
        name,
        &create.body,
        TableUse::MemoryOptimized,
    )?;
    def.schema_only = storage.schema_only;
    apply::create_table(ctx, def).map(|_| ())
}

fn apply_options(
    ctx: &ExecContext<'_>,
    def: &mut crate::catalog::model::TableDef,
    create: &CreateTable,
) -> Result<()> {
    let settings = index::settings(ctx.session, def, &create.options)?;
    if let Some(compression) = settings.compression {
        for index in def
            .indexes
            .iter_mut()
            .filter(|i| i.index_id <= 1 && i.compression == Compression::None)
        {
            index.compression = compression;
        }
    }
    Ok(())
}

fn create_temporary(ctx: &mut ExecContext<'_>, create: &CreateTable) -> Result<()> {
    let name = create.name.base();
    if ctx
        .session
        .temp_scopes
        .last()
        .is_some_and(|s| s.contains_key(&name.to_lowercase()))
    {
        return Err(already_exists(name, 6));
    }
    if create
        .options
        .iter()
        .any(|o| o.name.eq_ignore_ascii_case("SYSTEM_VERSIONING"))
    {
        return Err(SqlError::new(
            13568,
            format!(
                "System-versioned temporal table '{name}' cannot be created in a 'tempdb' database."
            ),
        ));
    }
    let global = name.starts_with("##");
    let mut def = table_from_body(
        ctx.session,
        TEMPDB,
        crate::catalog::DBO,
        name,
        &create.body,
        TableUse::Temporary,
    )?;
    apply_options(ctx, &mut def, create)?;
    if global {
        apply::create_table(ctx, def)?;
        return Ok(());
    }
    let id = def.object_id;
    apply::create_unnamed_table(ctx, def)?;
    if let Some(scope) = ctx.session.temp_scopes.last_mut() {
        scope.insert(name.to_lowercase(), id);
    }
    Ok(())
}

pub(super) fn create_type(
    ctx: &mut ExecContext<'_>,
    name: &ObjectName,
    base: &CreateTypeBase,
) -> Result<()> {
    let CreateTypeBase::Table { body, options } = base else {
        return Err(SqlError::not_implemented("alias types"));
    };
    if options
        .iter()
        .any(|o| o.name.eq_ignore_ascii_case("MEMORY_OPTIMIZED") && index::is_on(o))
    {
        return Err(SqlError::not_implemented("memory-optimized table types"));
    }
    let place = target::place(ctx.session, name)?;
    permission::require_create(ctx.session, "TYPE", (place.schema_id, &place.schema))?;
    let catalog = &ctx.session.server.catalog;
    if catalog
        .resolve_type(
            place.database,
            Some(&place.schema),
            &place.schema,
            name.base(),
        )
        .is_some()
    {
        return Err(SqlError::new(
            219,
            format!(
                "The type '{}' already exists, or you do not have permission to create it.",
                target::written(name)
            ),
        ));
    }
    let def = table_from_body(
        ctx.session,
        place.database,
        place.schema_id,
        name.base(),
        body,
        TableUse::Type,
    )?;
    apply::create_type(ctx, def)
}
