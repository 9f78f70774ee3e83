//! TRUNCATE TABLE.

use crate::catalog::Object;
use crate::catalog::model::TemporalRole;
use crate::engine::frame::ExecContext;
use crate::engine::resolve::{Resolved, written};
use crate::error::{Result, SqlError};
use crate::locks::{Hints, Mode};
use crate::syntax::ast::ObjectName;

pub(super) fn run(ctx: &mut ExecContext<'_>, name: &ObjectName) -> Result<()> {
    ctx.session.refuse_if_doomed()?;
    let Some(Resolved::Table(def)) = ctx.session.resolve(Some(ctx.frame), name)? else {
        return Err(SqlError::new(
            4701,
            format!(
                "Cannot find the object \"{}\" because it does not exist or you do not have permissions.",
                name.base()
            ),
        ));
    };
    if def.database_id != crate::catalog::TEMPDB
        && ctx.frame.module.is_none()
        && !crate::engine::ddl::permission::allows(
            ctx.session,
            def.object_id,
            def.schema_id,
            "ALTER",
        )
    {
        return Err(SqlError::new(
            1088,
            format!(
                "Cannot find the object \"{}\" because it does not exist or you do not have permissions.",
                name.base()
            ),
        )
        .state(7));
    }
    crate::engine::memory_optimized::refuse_on(&def, "The statement 'TRUNCATE TABLE'", 88)?;
    let refused = |number, why: &str| {
        Err(SqlError::new(
            number,
            format!("Cannot truncate table '{}' because {why}", def.name),
        ))
    };
    if !def.name.starts_with('#') {
        for object in ctx.session.server.catalog.list(def.database_id) {
            match object {
                Object::Table(other)
                    if other.object_id != def.object_id
                        && other
                            .foreign_keys
                            .iter()
                            .any(|key| key.referenced_table == def.object_id) =>
                {
                    return refused(4712, "it is being referenced by a FOREIGN KEY constraint.");
                }
                Object::Module(view)
                    if view.is_stored()
                        && view.references.iter().any(|(id, _)| *id == def.object_id) =>
                {
                    return Err(SqlError::new(
                        3729,
                        format!(
                            "Cannot TRUNCATE TABLE '{}' because it is being referenced by object '{}'.",
                            written(name),
                            view.name
                        ),
                    )
                    .state(2));
                }
                _ => {}
            }
        }
    }
    if def.temporal != TemporalRole::None {
        return Err(SqlError::new(
            13545,
            format!(
                "Truncate failed on table '{}' because it is not a supported operation on system-versioned tables.",
                ctx.session.full_name(&def)
            ),
        ));
    }
    let id = def.object_id;
    ctx.session
        .with_txn(Hints::default(), |session, txn, locks| {
            locks.lock_object(id, Mode::SchM)?;
            session.server.store.truncate(txn, id)
        })
}
