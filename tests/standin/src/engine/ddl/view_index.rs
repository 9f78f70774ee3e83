//! Indexes on views: the first, unique and clustered, stores the view's rows; others stand beside it.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{Compression, IndexDef, IndexKind, ModuleDef, TableDef};
use crate::engine::frame::ExecContext;
use crate::engine::resolve::Resolved;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::protocol::ResultSink;
use crate::query;
use crate::syntax::ast::{AlterIndex, CreateIndex, ObjectName};

use super::index::{Settings, next_id, put, require_set_options, settings};
use super::naming::object_missing;
use super::view_expressions::Expressions;
use super::{apply, index_key, permission, table_body, target, view_rules};

/// The view of that name, if it is one.
pub(super) fn view(ctx: &ExecContext<'_>, name: &ObjectName) -> Result<Option<Arc<ModuleDef>>> {
    let Some(Resolved::View(view)) = ctx.session.resolve(Some(ctx.frame), name)? else {
        return Ok(None);
    };
    if permission::allows(ctx.session, view.object_id, view.schema_id, "ALTER") {
        Ok(Some(view))
    } else {
        Err(object_missing(&target::written(name), 12))
    }
}

fn two_part(session: &Session, view: &ModuleDef) -> String {
    let schema = target::schema_name(session, view.database_id, view.schema_id);
    format!("{schema}.{}", view.name)
}

pub(super) fn create(
    ctx: &mut ExecContext<'_>,
    create: &CreateIndex,
    view: &ModuleDef,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    if create.columnstore {
        return Err(SqlError::not_implemented("columnstore indexes"));
    }
    let over_memory = view.references.iter().any(|(id, _)| {
        let table = ctx.session.server.store.table(*id);
        table.is_some_and(|t| t.def().memory_optimized)
    });
    if over_memory {
        return Err(SqlError::not_implemented(
            "an indexed view over memory-optimised tables",
        ));
    }
    let name = &create.name.text;
    let qualified = two_part(ctx.session, view);
    let clustered = create.clustered == Some(true);
    let mut stored = view.stored_form();
    let settings = settings(ctx.session, &stored, &create.options)?;
    check_kind(view, &qualified, create, &settings, clustered)?;
    require_set_options(ctx.session, "CREATE INDEX")?;
    refuse_creation_options(view)?;
    let full = view_rules::three_part(ctx.session, view);
    let expressions = view_rules::check(ctx.session, view, &full, name)?;
    stored.name.clone_from(&qualified);
    let built = build(&stored, view, &expressions, create, &settings, clustered)?;
    if let Some(warning) = index_key::width_warning(&stored, name, &built.keys, clustered) {
        sink.message(&warning)?;
    }
    let mut changed = view.clone();
    changed.modified = super::now_ticks();
    if clustered {
        changed.indexes = vec![built];
        fill(ctx, changed)
    } else {
        changed.indexes.push(built);
        replace(ctx, changed)
    }
}

/// 1939, 1913, 7999, 1941, 1902, 1940, 10610, 1990, 1967.
fn check_kind(
    view: &ModuleDef,
    qualified: &str,
    create: &CreateIndex,
    settings: &Settings,
    clustered: bool,
) -> Result<()> {
    let name = &create.name.text;
    if !view.schema_bound {
        return Err(SqlError::new(
            1939,
            format!(
                "Cannot create index on view '{}' because the view is not schema bound.",
                view.name
            ),
        ));
    }
    if settings.drop_existing {
        return Err(SqlError::not_implemented("DROP_EXISTING on a view"));
    }
    if view
        .indexes
        .iter()
        .any(|i| i.name.eq_ignore_ascii_case(name))
    {
        return Err(SqlError::new(
            1913,
            format!(
                "The operation failed because an index or statistics with name '{name}' already exists on view '{qualified}'."
            ),
        ));
    }
    if clustered && !create.unique {
        return Err(SqlError::new(
            1941,
            format!(
                "Cannot create nonunique clustered index on view '{qualified}' because only unique clustered indexes are allowed. Consider creating unique clustered index instead."
            ),
        ));
    }
    if clustered && let Some(first) = view.indexes.first() {
        return Err(SqlError::new(
            1902,
            format!(
                "Cannot create more than one clustered index on view '{qualified}'. Drop the existing clustered index '{}' before creating another.",
                first.name
            ),
        )
        .state(3));
    }
    if !clustered && view.indexes.is_empty() {
        return Err(SqlError::new(
            1940,
            format!(
                "Cannot create index on view '{qualified}'. It does not have a unique clustered index."
            ),
        ));
    }
    if !clustered && !view.is_stored() {
        return Err(SqlError::not_implemented(
            "an index on a view whose clustered index is disabled",
        ));
    }
    if create.filter.is_some() {
        return Err(SqlError::new(
            10610,
            format!(
                "Filtered index '{name}' cannot be created on object '{qualified}' because it is not a user table. Filtered indexes are only supported on tables. If you are trying to create a filtered index on a view, consider creating an indexed view with the filter expression incorporated in the view definition."
            ),
        ));
    }
    if settings.ignore_dup_key {
        return Err(SqlError::new(
            1990,
            "Cannot define an index on a view with ignore_dup_key index option. Remove ignore_dup_key option and verify that view definition does not allow duplicates, or do not index view.",
        ));
    }
    if clustered && settings.online {
        return Err(SqlError::new(
            1967,
            "Cannot create a new clustered index on a view online.",
        ));
    }
    Ok(())
}

/// 1935: settings that the view was created under.
fn refuse_creation_options(view: &ModuleDef) -> Result<()> {
    let off: Vec<&str> = [
        ("ANSI_NULLS", view.ansi_nulls),
        ("QUOTED_IDENTIFIER", view.quoted_identifier),
    ]
    .into_iter()
    .filter(|(_, on)| !on)
    .map(|(name, _)| name)
    .collect();
    if off.is_empty() {
        return Ok(());
    }
    Err(SqlError::new(
        1935,
        format!(
            "Cannot create index. Object '{}' was created with the following SET options off: '{}'.",
            view.name,
            off.join(", ")
        ),
    ))
}

fn build(
    stored: &TableDef,
    view: &ModuleDef,
    expressions: &Expressions<'_>,
    create: &CreateIndex,
    settings: &Settings,
    clustered: bool,
) -> Result<IndexDef> {
    let name = &create.name.text;
    if clustered && !create.includes.is_empty() {
        return Err(SqlError::new(
            10601,
            "Cannot specify included columns for a clustered index.",
        ));
    }
    let keys = index_key::keys(
        stored,
        name,
        &create.columns,
        clustered,
        index_key::KeyUse::Index,
    )?;
    let includes = index_key::includes(stored, &keys, &create.includes)?;
    let roles = view_rules::view_roles(view);
    for at in keys.iter().filter_map(|k| stored.ordinal_of(k.column_id)) {
        let column = &stored.columns[at].name;
        if expressions.is_imprecise_key(at) {
            return Err(SqlError::new(
                1901,
                format!(
                    "Cannot create index or statistics '{name}' on view '{}' because key column '{column}' is imprecise, computed and not persisted. Consider removing reference to column in view index or statistics key or changing column to be precise. If column is computed in base table consider marking it PERSISTED there.",
                    stored.name
                ),
            ));
        }
        let grouped = roles
            .as_ref()
            .is_none_or(|roles| roles[at] == view_rules::ViewRole::Group);
        if clustered && !grouped {
            return Err(SqlError::new(
                8661,
                format!(
                    "Cannot create the clustered index \"{name}\" on view \"{}\" because the index key includes columns that are not in the GROUP BY clause. Consider eliminating columns that are not in the GROUP BY clause from the index key.",
                    stored.name
                ),
            )
            .state(0));
        }
    }
    Ok(IndexDef {
        index_id: next_id(stored, clustered),
        name: name.clone(),
        kind: if clustered {
            IndexKind::Clustered
        } else {
            IndexKind::Nonclustered
        },
        unique: create.unique,
        keys,
        includes,
        filter: None,
        compression: settings.compression.unwrap_or(Compression::None),
        disabled: false,
        ignore_dup_key: false,
        fill_factor: settings.fill_factor,
        constraint: None,
        spatial: None,
    })
}

/// Stores the view's rows, then sorts them by the indexes: 1505 for a key that comes twice.
fn fill(ctx: &mut ExecContext<'_>, view: ModuleDef) -> Result<()> {
    apply::lock_schema(ctx, view.object_id)?;
    for table in base_tables(ctx.session, &view) {
        apply::lock_rows(ctx, table)?;
    }
    let mut heap = view.stored_form();
    heap.indexes.clear();
    put(&mut heap, table_body::heap());
    let table = apply::with_txn(ctx.session, |session, txn| {
        session.server.store.create_table(txn, Arc::new(heap))
    })?;
    let plan = query::view_rows(ctx.session, &view, None)?;
    let hints = Hints {
        tablock: true,
        ..Hints::default()
    };
    query::execute_plan(ctx, &plan, &mut |ctx, row| {
        ctx.session
            .with_txn(hints, |_, txn, locks| table.insert(txn, locks, row))
            .map(|_| ())
    })?;
    replace(ctx, view)
}

fn base_tables(session: &Session, view: &ModuleDef) -> Vec<i32> {
    let mut ids: Vec<i32> = view.references.iter().map(|(id, _)| *id).collect();
    ids.dedup();
    ids.retain(|id| session.server.store.table(*id).is_some());
    ids
}

/// Gives the view and its stored rows another set of indexes.
fn replace(ctx: &mut ExecContext<'_>, view: ModuleDef) -> Result<()> {
    apply::lock_schema(ctx, view.object_id)?;
    let stored = Arc::new(view.stored_form());
    apply::with_txn(ctx.session, |session, txn| {
        let catalog = &session.server.catalog;
        catalog.replace(txn, Object::Module(Arc::new(view)))?;
        session.server.store.alter_table(txn, stored)
    })
}

/// The view without stored rows: its clustered index is gone or disabled.
fn empty(ctx: &mut ExecContext<'_>, view: ModuleDef) -> Result<()> {
    apply::lock_schema(ctx, view.object_id)?;
    let id = view.object_id;
    apply::with_txn(ctx.session, |session, txn| {
        let catalog = &session.server.catalog;
        catalog.replace(txn, Object::Module(Arc::new(view)))?;
        if session.server.store.table(id).is_some() {
            session.server.store.drop_table(txn, id)?;
        }
        Ok(())
    })
}

/// False: the view has no such index. The clustered one takes the others with it.
pub(super) fn drop(ctx: &mut ExecContext<'_>, view: &ModuleDef, name: &str) -> Result<bool> {
    let Some(at) = view
        .indexes
        .iter()
        .position(|i| i.name.eq_ignore_ascii_case(name))
    else {
        return Ok(false);
    };
    let mut changed = view.clone();
    changed.modified = super::now_ticks();
    if at == 0 {
        changed.indexes.clear();
        empty(ctx, changed)?;
    } else {
        changed.indexes.remove(at);
        replace(ctx, changed)?;
    }
    Ok(true)
}

pub(super) fn alter(ctx: &mut ExecContext<'_>, alter: &AlterIndex, view: &ModuleDef) -> Result<()> {
    let mut changed = view.clone();
    changed.modified = super::now_ticks();
    let settings = settings(ctx.session, &changed.stored_form(), &alter.options)?;
    let wanted = match &alter.name {
        None => None,
        Some(name) => Some(
            view.indexes
                .iter()
                .position(|i| i.name.eq_ignore_ascii_case(&name.text))
                .ok_or_else(|| super::index_change::index_missing(&name.text))?,
        ),
    };
    let clustered = wanted.is_none_or(|at| at == 0);
    match alter.action.to_ascii_uppercase().as_str() {
        "REORGANIZE" => Ok(()),
        "DISABLE" if clustered => {
            changed.indexes.iter_mut().for_each(|i| i.disabled = true);
            empty(ctx, changed)
        }
        "DISABLE" => {
            for (at, index) in changed.indexes.iter_mut().enumerate() {
                index.disabled |= wanted == Some(at);
            }
            replace(ctx, changed)
        }
        "REBUILD" => {
            if !clustered && !view.is_stored() {
                return Err(SqlError::not_implemented(
                    "ALTER INDEX of a view whose clustered index is disabled",
                ));
            }
            for (at, index) in changed.indexes.iter_mut().enumerate() {
                if wanted.is_none_or(|wanted| wanted == at) {
                    index.disabled = false;
                    index.compression = settings.compression.unwrap_or(index.compression);
                }
            }
            if view.is_stored() {
                replace(ctx, changed)
            } else {
                fill(ctx, changed)
            }
        }
        other => Err(SqlError::not_implemented(format_args!(
            "ALTER INDEX {other} on a view"
        ))),
    }
}
