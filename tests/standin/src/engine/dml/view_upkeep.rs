//! Indexed views follow the rows of their base tables: what a statement took away and what it brought is put through
//! the view's query, and the answer through the view's stored rows. All that goes, goes before the first row comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::model::{ModuleDef, TableDef};
use crate::engine::ddl::ViewRole;
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::query;
use crate::storage::{Access, KeyRange, RowId, Table};
use crate::types::arith::{self, ArithOp};
use crate::types::compare::sort_key;
use crate::types::{SqlType, Value, convert};

/// Rows that are put through a view's query at once.
const CHUNK: usize = 1024;

/// What one statement did to one table, as far as indexed views read it.
#[derive(Default)]
pub(super) struct ViewUpkeep {
    /// None: not looked up yet.
    views: Option<Vec<StoredView>>,
    gone: Vec<Vec<Value>>,
    come: Vec<Vec<Value>>,
}

struct StoredView {
    module: Arc<ModuleDef>,
    table: Arc<Table>,
    /// Ordinals of the clustered key.
    key: Vec<usize>,
    /// What each column of a grouped view is; None: a view without groups.
    roles: Option<Vec<ViewRole>>,
    /// Ordinals of the base table that the view reads.
    reads: Vec<usize>,
}

impl ViewUpkeep {
    /// The first row is written, so the table is locked: an index that is created from now on waits.
    fn look_up(&mut self, ctx: &ExecContext<'_>, def: &TableDef) -> &[StoredView] {
        self.views.get_or_insert_with(|| {
            let server = &ctx.session.server;
            let views = server.catalog.views_over(def.database_id, def.object_id);
            views
                .into_iter()
                .filter_map(|module| {
                    let table = server.store.table(module.object_id)?;
                    Some(StoredView::new(module, table, def))
                })
                .collect()
        })
    }

    /// One row changed: what it was and what it is.
    pub(super) fn record(
        &mut self,
        ctx: &ExecContext<'_>,
        def: &TableDef,
        old: Option<&[Value]>,
        new: Option<&[Value]>,
    ) {
        if def.database_id == crate::catalog::TEMPDB {
            return;
        }
        let views = self.look_up(ctx, def);
        if views.is_empty() {
            return;
        }
        if let (Some(old), Some(new)) = (old, new)
            && views
                .iter()
                .all(|view| view.reads.iter().all(|at| old[*at] == new[*at]))
        {
            return;
        }
        self.gone.extend(old.map(<[Value]>::to_vec));
        self.come.extend(new.map(<[Value]>::to_vec));
    }

    /// Rows that only came need not wait for the last one.
    pub(super) fn is_full(&self) -> bool {
        self.gone.is_empty() && self.come.len() >= CHUNK
    }

    pub(super) fn forget(&mut self) {
        self.gone.clear();
        self.come.clear();
    }

    pub(super) fn apply(&mut self, ctx: &mut ExecContext<'_>, def: &TableDef) -> Result<()> {
        let (gone, come) = (
            std::mem::take(&mut self.gone),
            std::mem::take(&mut self.come),
        );
        if gone.is_empty() && come.is_empty() {
            return Ok(());
        }
        // Names in the view's text are those of its own database.
        let database = std::mem::replace(&mut ctx.session.database, def.database_id);
        let outcome = self
            .views
            .iter()
            .flatten()
            .try_for_each(|view| match &view.roles {
                None => view.exchange(ctx, def, &gone, &come),
                Some(roles) => view.regroup(ctx, def, roles, &gone, &come),
            });
        ctx.session.database = database;
        outcome
    }
}

impl StoredView {
    fn new(module: Arc<ModuleDef>, table: Arc<Table>, def: &TableDef) -> Self {
        let stored = table.def();
        let key = stored.indexes.first().map_or_else(Vec::new, |index| {
            index
                .keys
                .iter()
                .filter_map(|k| stored.ordinal_of(k.column_id))
                .collect()
        });
        let reads = module
            .references
            .iter()
            .filter(|(object, column)| *object == def.object_id && *column != 0)
            .filter_map(|(_, column)| def.ordinal_of(*column))
            .collect();
        Self {
            roles: crate::engine::ddl::view_roles(&module),
            module,
            table,
            key,
            reads,
        }
    }

    /// The view's rows over some rows of the base table.
    fn rows_of(
        &self,
        ctx: &mut ExecContext<'_>,
        def: &TableDef,
        base: &[Vec<Value>],
        each: &mut dyn FnMut(&mut ExecContext<'_>, &[Value]) -> Result<()>,
    ) -> Result<()> {
        for chunk in base.chunks(CHUNK) {
            let plan = query::view_rows(ctx.session, &self.module, Some((def, chunk)))?;
            query::execute_plan(ctx, &plan, each)?;
        }
        Ok(())
    }

    fn exchange(
        &self,
        ctx: &mut ExecContext<'_>,
        def: &TableDef,
        gone: &[Vec<Value>],
        come: &[Vec<Value>],
    ) -> Result<()> {
        self.rows_of(ctx, def, gone, &mut |ctx, row| {
            let (id, _) = self.find(ctx, row)?.ok_or_else(|| self.lost())?;
            self.delete(ctx, id)
        })?;
        self.rows_of(ctx, def, come, &mut |ctx, row| self.insert(ctx, row))
    }

    /// Counts and sums of the groups that the statement touched.
    fn regroup(
        &self,
        ctx: &mut ExecContext<'_>,
        def: &TableDef,
        roles: &[ViewRole],
        gone: &[Vec<Value>],
        come: &[Vec<Value>],
    ) -> Result<()> {
        let types: Vec<SqlType> = self
            .module
            .columns
            .iter()
            .map(|c| c.sql_type.clone())
            .collect();
        let mut groups: BTreeMap<Vec<u8>, Vec<Value>> = BTreeMap::new();
        for (op, rows) in [(ArithOp::Subtract, gone), (ArithOp::Add, come)] {
            self.rows_of(ctx, def, rows, &mut |_, row| {
                let key = group_key(roles, &types, row);
                let total = groups
                    .entry(key)
                    .or_insert_with(|| zero(roles, &types, row));
                combine(roles, &types, total, row, op)
            })?;
        }
        let mut fresh = Vec::new();
        for (key, change) in groups {
            let there = self
                .find(ctx, &change)?
                .filter(|(_, row)| group_key(roles, &types, row) == key);
            let Some((id, mut row)) = there else {
                if counted(roles, &change) != 0 {
                    fresh.push(change);
                }
                continue;
            };
            combine(roles, &types, &mut row, &change, ArithOp::Add)?;
            if counted(roles, &row) == 0 {
                self.delete(ctx, id)?;
            } else {
                let table = &self.table;
                ctx.session.with_txn(Hints::default(), |_, txn, locks| {
                    table.update(txn, locks, id, &row)
                })?;
            }
        }
        fresh.iter().try_for_each(|row| self.insert(ctx, row))
    }

    /// The stored row with this row's clustered key.
    fn find(
        &self,
        ctx: &mut ExecContext<'_>,
        row: &[Value],
    ) -> Result<Option<(RowId, Vec<Value>)>> {
        let key = self.key.iter().map(|at| row[*at].clone()).collect();
        let columns = (0..self.module.columns.len()).collect();
        let access = Access::seek(1, KeyRange::equal(key), columns);
        let locks = ctx.session.lock_context(Hints {
            updlock: true,
            read_committed_lock: true,
            ..Hints::default()
        });
        let mut cursor = self.table.scan(&locks, access)?;
        let mut found = Vec::new();
        cursor.next_chunk(1, &mut found)?;
        Ok(found.pop())
    }

    fn delete(&self, ctx: &mut ExecContext<'_>, id: RowId) -> Result<()> {
        let table = &self.table;
        ctx.session
            .with_txn(Hints::default(), |_, txn, locks| {
                table.delete(txn, locks, id)
            })
            .map(|_| ())
    }

    fn insert(&self, ctx: &mut ExecContext<'_>, row: &[Value]) -> Result<()> {
        let table = &self.table;
        ctx.session
            .with_txn(Hints::default(), |_, txn, locks| {
                table.insert(txn, locks, row)
            })
            .map(|_| ())
    }

    fn lost(&self) -> SqlError {
        SqlError::new(
            50000,
            format!(
                "A row of the indexed view {} is gone; this is a defect of the stand-in.",
                self.module.name
            ),
        )
    }
}

fn group_key(roles: &[ViewRole], types: &[SqlType], row: &[Value]) -> Vec<u8> {
    let mut key = Vec::new();
    for ((role, value), ty) in roles.iter().zip(row).zip(types) {
        if *role == ViewRole::Group {
            sort_key(value, ty, &mut key);
        }
    }
    key
}

/// The row's group with nothing in it.
fn zero(roles: &[ViewRole], types: &[SqlType], row: &[Value]) -> Vec<Value> {
    roles
        .iter()
        .zip(row)
        .zip(types)
        .map(|((role, value), ty)| match role {
            ViewRole::Group => value.clone(),
            ViewRole::Count => Value::BigInt(0),
            ViewRole::Sum => {
                convert::cast(&Value::Int(0), &SqlType::INT, ty, None, false).unwrap_or(Value::Null)
            }
        })
        .collect()
}

fn combine(
    roles: &[ViewRole],
    types: &[SqlType],
    total: &mut [Value],
    row: &[Value],
    op: ArithOp,
) -> Result<()> {
    for (at, role) in roles.iter().enumerate() {
        if *role == ViewRole::Group {
            continue;
        }
        let ty = &types[at];
        let wide = arith::binary_type(op, ty, ty)?;
        let sum = arith::binary(op, &total[at], &row[at], ty, ty, &wide)?;
        total[at] = convert::cast(&sum, &wide, ty, None, false)?;
    }
    Ok(())
}

/// COUNT_BIG(*) of the group.
fn counted(roles: &[ViewRole], row: &[Value]) -> i64 {
    let at = roles.iter().position(|role| *role == ViewRole::Count);
    match at.map(|at| &row[at]) {
        Some(Value::BigInt(n)) => *n,
        _ => 0,
    }
}
