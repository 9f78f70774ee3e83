//! DROP TABLE, PROCEDURE, FUNCTION, VIEW and TYPE.

use crate::catalog::Object;
use crate::catalog::model::{ModuleKind, ObjectId, TableDef, TemporalRole};
use crate::engine::frame::ExecContext;
use crate::engine::memory_optimized;
use crate::engine::session::Session;
use crate::engine::sysviews::Snapshot;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{ModuleWord, ObjectName};

use super::{apply, native_module, permission, target};

/// 3701.
fn missing(what: &str, name: &ObjectName) -> SqlError {
    SqlError::new(
        3701,
        format!(
            "Cannot drop the {what} '{}', because it does not exist or you do not have permission.",
            target::written(name)
        ),
    )
    .class(11)
    .state(5)
}

pub(super) fn drop_tables(
    ctx: &mut ExecContext<'_>,
    if_exists: bool,
    names: &[ObjectName],
) -> Result<()> {
    for name in names {
        let Some(table) = target::table(ctx, name)? else {
            if if_exists {
                continue;
            }
            return Err(missing("table", name));
        };
        if name.base().starts_with('#') {
            drop_temporary(ctx, name, &table)?;
            continue;
        }
        let allowed = permission::allows(ctx.session, table.object_id, table.schema_id, "CONTROL")
            || permission::allows_in_schema(ctx.session, table.schema_id, "ALTER");
        if !allowed {
            return Err(missing("table", name));
        }
        if table.memory_optimized {
            memory_optimized::refuse_in_transaction(ctx.session, memory_optimized::TABLES)?;
        }
        if table.temporal != TemporalRole::None {
            return Err(SqlError::new(
                13552,
                format!(
                    "Drop table operation failed on table '{}' because it is not a supported operation on system-versioned temporal tables.",
                    target::three_part(ctx.session, &table)
                ),
            ));
        }
        refuse_referenced(ctx, &table, name)?;
        apply::drop_table(ctx, &table)?;
    }
    Ok(())
}

fn drop_temporary(ctx: &mut ExecContext<'_>, name: &ObjectName, table: &TableDef) -> Result<()> {
    if name.base().starts_with("##") {
        return apply::drop_table(ctx, table);
    }
    let id = table.object_id;
    apply::with_txn(ctx.session, |session, txn| {
        session.server.store.drop_table(txn, id)
    })?;
    for scope in &mut ctx.session.temp_scopes {
        scope.retain(|_, known| *known != id);
    }
    Ok(())
}

/// 3726 for a foreign key of another table, 3729 for a schema-bound module.
fn refuse_referenced(ctx: &ExecContext<'_>, table: &TableDef, name: &ObjectName) -> Result<()> {
    let snapshot = Snapshot::of_database(ctx.session, table.database_id);
    let referenced = snapshot.tables.iter().any(|t| {
        t.object_id != table.object_id
            && t.foreign_keys
                .iter()
                .any(|k| k.referenced_table == table.object_id)
    });
    if referenced {
        return Err(SqlError::new(
            3726,
            format!(
                "Could not drop object '{}' because it is referenced by a FOREIGN KEY constraint.",
                target::written(name)
            ),
        ));
    }
    refuse_schema_bound(
        &snapshot,
        table.object_id,
        "DROP TABLE",
        &target::written(name),
    )
}

pub(super) fn refuse_schema_bound(
    snapshot: &Snapshot,
    id: ObjectId,
    verb: &str,
    name: &str,
) -> Result<()> {
    let user = snapshot.modules.iter().find(|m| {
        m.schema_bound && m.object_id != id && m.references.iter().any(|(object, _)| *object == id)
    });
    match user {
        Some(module) => Err(SqlError::new(
            3729,
            format!(
                "Cannot {verb} '{name}' because it is being referenced by object '{}'.",
                module.name
            ),
        )),
        None => Ok(()),
    }
}

fn word(what: ModuleWord) -> &'static str {
    match what {
        ModuleWord::Procedure => "procedure",
        ModuleWord::Function => "function",
        ModuleWord::View => "view",
        ModuleWord::Trigger => "trigger",
        ModuleWord::Synonym => "synonym",
        ModuleWord::Sequence => "sequence object",
        ModuleWord::Type => "type",
    }
}

fn fits(what: ModuleWord, kind: ModuleKind) -> bool {
    match what {
        ModuleWord::Procedure => kind == ModuleKind::Procedure,
        ModuleWord::View => kind == ModuleKind::View,
        ModuleWord::Trigger => kind == ModuleKind::Trigger,
        ModuleWord::Function => matches!(
            kind,
            ModuleKind::ScalarFunction | ModuleKind::InlineFunction | ModuleKind::TableFunction
        ),
        _ => false,
    }
}

fn find(session: &Session, name: &ObjectName) -> Option<Object> {
    let schema = name.schema().unwrap_or(&session.default_schema);
    session
        .server
        .catalog
        .resolve(session.database, Some(schema), schema, name.base())
}

pub(super) fn drop_modules(
    ctx: &mut ExecContext<'_>,
    what: ModuleWord,
    if_exists: bool,
    names: &[ObjectName],
) -> Result<()> {
    if what == ModuleWord::Type {
        return drop_types(ctx, if_exists, names);
    }
    for name in names {
        let found = match find(ctx.session, name) {
            Some(Object::Module(module)) if fits(what, module.kind) => Some(module),
            Some(_) if !if_exists => {
                return Err(SqlError::new(
                    3705,
                    format!(
                        "Cannot use DROP {} with '{}' because the object is of another kind.",
                        word(what).to_uppercase(),
                        target::written(name)
                    ),
                ));
            }
            _ => None,
        };
        let Some(module) = found else {
            if if_exists {
                continue;
            }
            return Err(missing(word(what), name));
        };
        let allowed =
            permission::allows(ctx.session, module.object_id, module.schema_id, "CONTROL")
                || permission::allows_in_schema(ctx.session, module.schema_id, "ALTER");
        if !allowed {
            return Err(missing(word(what), name));
        }
        native_module::refuse_in_transaction(ctx, &module)?;
        let snapshot = Snapshot::of_database(ctx.session, module.database_id);
        let verb = format!("DROP {}", word(what).to_uppercase());
        refuse_schema_bound(&snapshot, module.object_id, &verb, &target::written(name))?;
        if let Some(table) = table_calling(&snapshot, &module.name) {
            return Err(SqlError::new(
                3729,
                format!(
                    "Cannot {verb} '{}' because it is being referenced by object '{table}'.",
                    target::written(name)
                ),
            ));
        }
        apply::drop_object(ctx, module.database_id, module.object_id)?;
    }
    Ok(())
}

/// A table whose computed column, check or default calls the function.
pub(super) fn table_calling(snapshot: &Snapshot, function: &str) -> Option<String> {
    let call = format!("[{}](", function.to_lowercase());
    let mentions = |text: &str| text.to_lowercase().contains(&call);
    snapshot.tables.iter().find_map(|t| {
        let column = t.columns.iter().any(|c| {
            c.computed.as_ref().is_some_and(|k| mentions(&k.text))
                || c.default.as_ref().is_some_and(|d| mentions(&d.text))
        });
        let check = t
            .checks
            .iter()
            .find(|c| mentions(&c.text))
            .map(|c| c.name.clone());
        check.or_else(|| column.then(|| t.name.clone()))
    })
}

fn drop_types(ctx: &mut ExecContext<'_>, if_exists: bool, names: &[ObjectName]) -> Result<()> {
    for name in names {
        let schema = name
            .schema()
            .unwrap_or(&ctx.session.default_schema)
            .to_owned();
        let found = ctx.session.server.catalog.resolve_type(
            ctx.session.database,
            Some(&schema),
            &schema,
            name.base(),
        );
        match found {
            Some(object) => apply::drop_object(ctx, object.database_id(), object.object_id())?,
            None if if_exists => {}
            None => {
                return Err(SqlError::new(
                    218,
                    format!(
                        "Could not find the type '{}'. Either it does not exist or you do not have the necessary permission.",
                        target::written(name)
                    ),
                ));
            }
        }
    }
    Ok(())
}
