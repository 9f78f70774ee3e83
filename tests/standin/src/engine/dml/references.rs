//! Foreign keys of other tables that point to the one that is written: refused, cascaded or emptied.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{ForeignKeyDef, ReferentialAction, TableDef};
use crate::engine::frame::ExecContext;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::query;
use crate::storage::{Access, KeyRange, RowId, Table};
use crate::syntax::ast::{Ident, ObjectName};
use crate::types::Value;

use super::target::{Target, Verb};
use super::writer::{Enforce, Writer};

/// A key that is gone, and what took its place (UPDATE).
pub(super) struct Referenced {
    /// Index into the writer's incoming keys.
    pub key: usize,
    old: Vec<Value>,
    new: Option<Vec<Value>>,
}

pub(super) struct IncomingKey {
    key: ForeignKeyDef,
    child: Arc<Table>,
    /// Ordinals in the referenced table, in the order of the foreign key's columns.
    parent_ordinals: Vec<usize>,
    child_ordinals: Vec<usize>,
    /// An index of the referring table that leads with the foreign key's columns, and their order in it.
    index: Option<(i32, Vec<usize>)>,
}

impl IncomingKey {
    pub(super) fn all(session: &Session, def: &TableDef) -> Result<Vec<Self>> {
        if def.name.starts_with(['#', '@']) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for object in session.server.catalog.list(def.database_id) {
            let Object::Table(child) = object else {
                continue;
            };
            for key in &child.foreign_keys {
                if key.referenced_table == def.object_id
                    && !key.disabled
                    && let Some(table) = session.server.store.table(child.object_id)
                {
                    found.push(Self::new(def, &child, table, key));
                }
            }
        }
        found.sort_by(|a, b| a.key.name.cmp(&b.key.name));
        Ok(found)
    }

    fn new(def: &TableDef, child: &TableDef, table: Arc<Table>, key: &ForeignKeyDef) -> Self {
        let ordinals = |def: &TableDef, ids: &[i32]| -> Vec<usize> {
            ids.iter().filter_map(|id| def.ordinal_of(*id)).collect()
        };
        let index = child.indexes.iter().find_map(|index| {
            let leading = index.keys.get(..key.columns.len())?;
            if index.filter.is_some() || index.disabled || index.spatial.is_some() {
                return None;
            }
            let order: Option<Vec<usize>> = leading
                .iter()
                .map(|column| key.columns.iter().position(|id| *id == column.column_id))
                .collect();
            order.map(|order| (index.index_id, order))
        });
        Self {
            parent_ordinals: ordinals(def, &key.referenced_columns),
            child_ordinals: ordinals(child, &key.columns),
            index,
            child: table,
            key: key.clone(),
        }
    }

    fn key_of(&self, row: &[Value]) -> Option<Vec<Value>> {
        let key: Vec<Value> = self
            .parent_ordinals
            .iter()
            .map(|o| row[*o].clone())
            .collect();
        (!key.iter().any(Value::is_null)).then_some(key)
    }

    pub(super) fn deleted(&self, at: usize, old: &[Value]) -> Option<Referenced> {
        Some(Referenced {
            key: at,
            old: self.key_of(old)?,
            new: None,
        })
    }

    pub(super) fn changed(&self, at: usize, old: &[Value], new: &[Value]) -> Option<Referenced> {
        let before = self.key_of(old)?;
        let after: Vec<Value> = self
            .parent_ordinals
            .iter()
            .map(|o| new[*o].clone())
            .collect();
        (before != after).then_some(Referenced {
            key: at,
            old: before,
            new: Some(after),
        })
    }

    /// Rows of the referring table with this key, complete.
    fn referring(
        &self,
        ctx: &mut ExecContext<'_>,
        key: &[Value],
        limit: usize,
    ) -> Result<Vec<(RowId, Vec<Value>)>> {
        let def = self.child.def();
        let columns: Vec<usize> = (0..def.columns.len()).collect();
        let access = match &self.index {
            Some((index_id, order)) => {
                let prefix = order.iter().map(|at| key[*at].clone()).collect();
                Access::seek(*index_id, KeyRange::equal(prefix), columns)
            }
            None => Access::scan(columns),
        };
        let hints = Hints {
            read_committed_lock: true,
            // No row may come to a memory-optimised child before the transaction commits.
            holdlock: def.memory_optimized,
            ..Hints::default()
        };
        let mut found = Vec::new();
        let mut chunk = Vec::new();
        let locks = ctx.session.lock_context(hints);
        let mut cursor = self.child.scan(&locks, access)?;
        loop {
            let more = cursor.next_chunk(256, &mut chunk)?;
            for (id, row) in chunk.drain(..) {
                let same = self
                    .child_ordinals
                    .iter()
                    .zip(key)
                    .all(|(o, value)| row[*o] == *value);
                if same {
                    found.push((id, row));
                }
                if found.len() >= limit {
                    return Ok(found);
                }
            }
            if !more {
                return Ok(found);
            }
        }
    }

    /// Looks at one gone key when all rows of the statement are written.
    pub(super) fn settle(
        &self,
        ctx: &mut ExecContext<'_>,
        parent: &TableDef,
        gone: &Referenced,
        verb: Verb,
        depth: u32,
    ) -> Result<()> {
        let action = match gone.new {
            None => self.key.on_delete,
            Some(_) => self.key.on_update,
        };
        if action == ReferentialAction::NoAction {
            if self.referring(ctx, &gone.old, 1)?.is_empty()
                || self.back_again(ctx, parent, gone)?
            {
                return Ok(());
            }
            return Err(self.violated(ctx.session, parent, verb));
        }
        let rows = self.referring(ctx, &gone.old, usize::MAX)?;
        if rows.is_empty() {
            return Ok(());
        }
        self.cascade(ctx, rows, action, gone, depth)
    }

    /// Another row of the statement has taken the key.
    fn back_again(
        &self,
        ctx: &mut ExecContext<'_>,
        parent: &TableDef,
        gone: &Referenced,
    ) -> Result<bool> {
        let Some(table) = ctx.session.server.store.table(parent.object_id) else {
            return Ok(false);
        };
        let Some(index) = parent.indexes.iter().find(|index| {
            index.unique
                && index.keys.len() == self.key.referenced_columns.len()
                && index
                    .keys
                    .iter()
                    .all(|column| self.key.referenced_columns.contains(&column.column_id))
        }) else {
            return Ok(false);
        };
        let key: Vec<Value> = index
            .keys
            .iter()
            .filter_map(|column| {
                let at = self
                    .key
                    .referenced_columns
                    .iter()
                    .position(|id| *id == column.column_id)?;
                Some(gone.old[at].clone())
            })
            .collect();
        super::foreign_keys::has_row(ctx, &table, index.index_id, &key, Hints::default())
    }

    fn cascade(
        &self,
        ctx: &mut ExecContext<'_>,
        rows: Vec<(RowId, Vec<Value>)>,
        action: ReferentialAction,
        gone: &Referenced,
        depth: u32,
    ) -> Result<()> {
        if depth >= 32 {
            return Err(SqlError::not_implemented("cascades deeper than 32 tables"));
        }
        let def = self.child.def();
        let deletes = gone.new.is_none() && action == ReferentialAction::Cascade;
        let verb = if deletes { Verb::Delete } else { Verb::Update };
        let target = Target {
            name: ObjectName {
                parts: vec![Ident {
                    text: def.name.clone(),
                    quoted: false,
                    span: crate::syntax::ast::Span::default(),
                }],
            },
            def,
            table: Arc::clone(&self.child),
            side: false,
            hints: Hints::default(),
        };
        let mut writer = Writer::new(ctx, &target, verb, Enforce::All)?;
        writer.depth = depth + 1;
        for (id, old) in rows {
            if deletes {
                writer.delete(ctx, id, &old)?;
                continue;
            }
            let mut new = old.clone();
            for (at, ordinal) in self.child_ordinals.iter().enumerate() {
                new[*ordinal] = match (action, &gone.new) {
                    (ReferentialAction::Cascade, Some(values)) => values[at].clone(),
                    (ReferentialAction::SetDefault, _) => {
                        default_value(ctx, &target.def, *ordinal)?
                    }
                    _ => Value::Null,
                };
            }
            writer.update(ctx, id, &old, &mut new)?;
        }
        writer.finish(ctx)
    }

    /// 547 with REFERENCE.
    fn violated(&self, session: &Session, parent: &TableDef, verb: Verb) -> SqlError {
        let child = self.child.def();
        let catalog = &session.server.catalog;
        let column = match self.child_ordinals.as_slice() {
            [one] => format!(", column '{}'", child.columns[*one].name),
            _ => String::new(),
        };
        let kind = if child.object_id == parent.object_id {
            "SAME TABLE REFERENCE"
        } else {
            "REFERENCE"
        };
        SqlError::new(
            547,
            format!(
                "The {} statement conflicted with the {kind} constraint \"{}\". The conflict occurred in database \"{}\", table \"{}\"{column}.",
                verb.word(),
                self.key.name,
                catalog.database_name(child.database_id),
                catalog.qualified_name(&child)
            ),
        )
        .state(0)
    }
}

/// The default of a column, converted; NULL without one.
pub(super) fn default_value(
    ctx: &mut ExecContext<'_>,
    def: &TableDef,
    ordinal: usize,
) -> Result<Value> {
    let column = &def.columns[ordinal];
    let Some(default) = &column.default else {
        return Ok(Value::Null);
    };
    let bound = query::row_expr(ctx.session, def, &default.text)?;
    let value = query::eval(&bound, &[], ctx)?;
    let full_name = ctx.session.full_name(def);
    super::writer::convert_for(&full_name, column, &value, bound.sql_type())
}

/// Is there an indexed view over the table? Its writers need the right SET options.
pub(super) fn indexed_views_over(session: &Session, def: &TableDef) -> bool {
    let catalog = &session.server.catalog;
    !catalog
        .views_over(def.database_id, def.object_id)
        .is_empty()
}
