//! The one place where definitions change catalog and storage, inside the session's transaction.

use std::collections::HashMap;
use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{DatabaseId, ModuleDef, ObjectId, TableDef};
use crate::engine::frame::ExecContext;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::locks::{Mode, Resource};
use crate::storage::{IndexFilter, Txn};

use super::binding;

/// The transaction in which the statement runs; the engine opens one around every statement.
pub(super) fn with_txn<T>(
    session: &mut Session,
    run: impl FnOnce(&Session, &mut Txn) -> Result<T>,
) -> Result<T> {
    let Some(mut txn) = session.transaction.txn.take() else {
        return Err(SqlError::not_implemented(
            "a definition outside of any transaction",
        ));
    };
    let result = run(session, &mut txn);
    session.transaction.txn = Some(txn);
    result
}

/// Sch-M until the transaction ends: waits for everyone who uses the object.
pub(super) fn lock_schema(ctx: &mut ExecContext<'_>, object_id: ObjectId) -> Result<()> {
    lock(ctx, object_id, Mode::SchM)
}

/// S until the transaction ends: waits for everyone who changes rows of the table.
pub(super) fn lock_rows(ctx: &mut ExecContext<'_>, object_id: ObjectId) -> Result<()> {
    lock(ctx, object_id, Mode::S)
}

/// Sch-S until the transaction ends, however long it takes to get it: nobody changes the definition meanwhile.
pub(super) fn lock_stable(ctx: &mut ExecContext<'_>, object_id: ObjectId) -> Result<()> {
    let patience = ctx.session.options.lock_timeout.take();
    let locked = lock(ctx, object_id, Mode::SchS);
    ctx.session.options.lock_timeout = patience;
    locked
}

fn lock(ctx: &mut ExecContext<'_>, object_id: ObjectId, mode: Mode) -> Result<()> {
    let Some(owner) = ctx.session.transaction.txn.as_ref().map(Txn::owner) else {
        return Ok(());
    };
    let session = &*ctx.session;
    let who = crate::locks::Requester {
        owner,
        spid: session.spid,
        timeout: session
            .options
            .lock_timeout
            .map(|ms| std::time::Duration::from_millis(u64::try_from(ms).unwrap_or(0))),
        cancel: &session.cancel,
        deadlock_priority: session.options.deadlock_priority,
        undo_cost: session.transaction.txn.as_ref().map_or(0, Txn::undo_cost),
    };
    session
        .server
        .locks
        .acquire(&who, Resource::Object(object_id), mode)
        .map(|_| ())
}

/// Predicates of the filtered indexes of a definition, compiled for the storage.
pub(super) fn filters(def: &TableDef) -> Result<HashMap<i32, IndexFilter>> {
    let mut filters = HashMap::new();
    for index in &def.indexes {
        if let Some(text) = &index.filter {
            filters.insert(index.index_id, binding::index_filter(def, text)?);
        }
    }
    Ok(filters)
}

pub(super) fn create_table(ctx: &mut ExecContext<'_>, def: TableDef) -> Result<Arc<TableDef>> {
    let def = Arc::new(def);
    let filters = filters(&def)?;
    with_txn(ctx.session, |session, txn| {
        session
            .server
            .catalog
            .create(txn, Object::Table(Arc::clone(&def)))?;
        session
            .server
            .store
            .create_table_with(txn, Arc::clone(&def), filters)?;
        Ok(())
    })?;
    lock_schema(ctx, def.object_id)?;
    Ok(def)
}

/// Gives a table its new definition, in the catalog and in the storage.
pub(super) fn replace_table(ctx: &mut ExecContext<'_>, mut def: TableDef) -> Result<Arc<TableDef>> {
    lock_schema(ctx, def.object_id)?;
    def.modified = super::now_ticks();
    let def = Arc::new(def);
    let filters = filters(&def)?;
    with_txn(ctx.session, |session, txn| {
        session
            .server
            .catalog
            .replace(txn, Object::Table(Arc::clone(&def)))?;
        session
            .server
            .store
            .alter_table_with(txn, Arc::clone(&def), filters)?;
        Ok(())
    })?;
    Ok(def)
}

/// Writes the rows anew in the current layout: what dropped columns left in them goes.
pub(super) fn rewrite_rows(ctx: &mut ExecContext<'_>, def: &TableDef) -> Result<()> {
    let id = def.object_id;
    with_txn(ctx.session, |session, txn| {
        session.server.store.rebuild(txn, id)
    })
}

pub(super) fn drop_table(ctx: &mut ExecContext<'_>, def: &TableDef) -> Result<()> {
    lock_schema(ctx, def.object_id)?;
    let (database, id) = (def.database_id, def.object_id);
    with_txn(ctx.session, |session, txn| {
        session.server.catalog.drop_object(txn, database, id);
        session.server.store.drop_table(txn, id)
    })
}

pub(super) fn put_module(
    ctx: &mut ExecContext<'_>,
    module: ModuleDef,
    exists: bool,
) -> Result<Arc<ModuleDef>> {
    lock_schema(ctx, module.object_id)?;
    let module = Arc::new(module);
    with_txn(ctx.session, |session, txn| {
        let object = Object::Module(Arc::clone(&module));
        // ALTER VIEW takes the indexes with it.
        if exists && !module.is_stored() && session.server.store.table(module.object_id).is_some() {
            session.server.store.drop_table(txn, module.object_id)?;
        }
        if exists {
            session.server.catalog.replace(txn, object)
        } else {
            session.server.catalog.create(txn, object)
        }
    })?;
    Ok(module)
}

pub(super) fn drop_object(
    ctx: &mut ExecContext<'_>,
    database: DatabaseId,
    id: ObjectId,
) -> Result<()> {
    lock_schema(ctx, id)?;
    with_txn(ctx.session, |session, txn| {
        session.server.catalog.drop_object(txn, database, id);
        // The rows of an indexed view.
        if session.server.store.table(id).is_some() {
            session.server.store.drop_table(txn, id)?;
        }
        Ok(())
    })
}

pub(super) fn create_type(ctx: &mut ExecContext<'_>, def: TableDef) -> Result<()> {
    with_txn(ctx.session, |session, txn| {
        session
            .server
            .catalog
            .create(txn, Object::TableType(Arc::new(def)))
    })
}

/// A #temp table: rows without a name in the catalog; the session's scopes know it.
pub(super) fn create_unnamed_table(ctx: &mut ExecContext<'_>, def: TableDef) -> Result<()> {
    let def = Arc::new(def);
    let filters = filters(&def)?;
    with_txn(ctx.session, |session, txn| {
        session
            .server
            .store
            .create_table_with(txn, Arc::clone(&def), filters)
            .map(|_| ())
    })
}

/// All rows of a table as they are now, for checks under Sch-M.
pub(super) fn all_rows(session: &Session, def: &TableDef) -> Result<Vec<Vec<crate::types::Value>>> {
    use crate::locks::{LockContext, Owner};
    use crate::protocol::IsolationLevel;
    let Some(table) = session.server.store.table(def.object_id) else {
        return Ok(Vec::new());
    };
    let owner = session
        .transaction
        .txn
        .as_ref()
        .map_or(Owner::Session(session.spid), Txn::owner);
    let locks = LockContext::new(
        &session.server.locks,
        owner,
        session.spid,
        &session.cancel,
        IsolationLevel::ReadUncommitted,
    );
    let mut cursor = table.scan(
        &locks,
        crate::storage::Access::scan((0..def.columns.len()).collect()),
    )?;
    let mut rows = Vec::new();
    let mut chunk = Vec::new();
    loop {
        let more = cursor.next_chunk(1024, &mut chunk)?;
        rows.extend(chunk.drain(..).map(|(_, row)| row));
        if !more {
            return Ok(rows);
        }
    }
}

/// Has the table any row?
pub(super) fn is_empty(session: &Session, def: &TableDef) -> bool {
    session
        .server
        .store
        .table(def.object_id)
        .is_none_or(|table| table.row_count() == 0)
}

/// ALTER COLUMN with another type: converts the stored values and gives the table its new definition.
pub(super) fn rewrite_then_replace(
    ctx: &mut ExecContext<'_>,
    mut def: TableDef,
    id: ObjectId,
    column: i32,
    convert: &mut dyn FnMut(&crate::types::Value) -> Result<crate::types::Value>,
) -> Result<()> {
    lock_schema(ctx, id)?;
    def.modified = super::now_ticks();
    let def = Arc::new(def);
    let filters = filters(&def)?;
    with_txn(ctx.session, |session, txn| {
        session
            .server
            .catalog
            .replace(txn, Object::Table(Arc::clone(&def)))?;
        session
            .server
            .store
            .alter_table_with(txn, Arc::clone(&def), filters)?;
        session
            .server
            .store
            .rewrite_column(txn, id, column, convert)
    })
}
