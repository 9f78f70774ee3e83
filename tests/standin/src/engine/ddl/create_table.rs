//! CREATE TABLE and CREATE TYPE ... AS TABLE.

use crate::catalog::TEMPDB;
use crate::catalog::model::Compression;
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{CreateTable, CreateTypeBase, ObjectName};

use super::naming::already_exists;
use super::table_body::{TableUse, table_from_body};
use super::{apply, constraint_rules, index, permission, target, temporal};

pub(super) fn create(ctx: &mut ExecContext<'_>, create: &CreateTable) -> Result<()> {
    let name = create.name.base();
    if let Some(group) = &create.on
        && !group.text.eq_ignore_ascii_case("PRIMARY")
        && !group.text.eq_ignore_ascii_case("default")
    {
        return Err(SqlError::new(
            1921,
            format!("Invalid filegroup '{}' specified.", group.text),
        ));
    }
    for option in &create.options {
        if option.name.eq_ignore_ascii_case("MEMORY_OPTIMIZED") {
            return Err(SqlError::not_implemented("memory-optimized tables"));
        }
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
        .any(|o| o.name.eq_ignore_ascii_case("MEMORY_OPTIMIZED"))
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
