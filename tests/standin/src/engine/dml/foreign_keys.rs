//! Foreign keys of the table that is written: does the row that they name exist?

use std::collections::HashSet;
use std::sync::Arc;

use crate::catalog::model::TableDef;
use crate::engine::frame::ExecContext;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::storage::{Access, KeyRange, Table};
use crate::types::Value;

use super::target::Verb;

pub(super) struct OutgoingKey {
    at: usize,
    /// Ordinals in the referring table, in the order of the referenced index's keys.
    ordinals: Vec<usize>,
    parent: Arc<Table>,
    index_id: i32,
    pub same_table: bool,
    /// Single integer keys that were found already.
    known: HashSet<i64>,
}

impl OutgoingKey {
    pub(super) fn new(session: &Session, def: &TableDef, at: usize) -> Result<Self> {
        let key = &def.foreign_keys[at];
        let lost =
            || SqlError::not_implemented(format!("foreign key {} without its key", key.name));
        let parent = session
            .server
            .store
            .table(key.referenced_table)
            .ok_or_else(lost)?;
        let parent_def = parent.def();
        let index = parent_def
            .indexes
            .iter()
            .find(|index| {
                index.unique
                    && index.filter.is_none()
                    && index.keys.len() == key.referenced_columns.len()
                    && index
                        .keys
                        .iter()
                        .all(|column| key.referenced_columns.contains(&column.column_id))
            })
            .ok_or_else(lost)?;
        let ordinals = index
            .keys
            .iter()
            .filter_map(|column| {
                let position = key
                    .referenced_columns
                    .iter()
                    .position(|id| *id == column.column_id)?;
                def.ordinal_of(key.columns[position])
            })
            .collect();
        Ok(Self {
            at,
            ordinals,
            index_id: index.index_id,
            same_table: key.referenced_table == def.object_id,
            parent,
            known: HashSet::new(),
        })
    }

    /// Does the new row name a key that was found already?
    pub(super) fn is_known(&self, new: &[Value]) -> bool {
        match self.ordinals.as_slice() {
            [one] => integer(&new[*one]).is_some_and(|n| self.known.contains(&n)),
            _ => false,
        }
    }

    /// None: a column is NULL, or nothing changed.
    pub(super) fn key_to_check(&self, old: Option<&[Value]>, new: &[Value]) -> Option<Vec<Value>> {
        if self.ordinals.iter().any(|o| new[*o].is_null()) {
            return None;
        }
        if let Some(old) = old
            && self.ordinals.iter().all(|o| old[*o] == new[*o])
        {
            return None;
        }
        Some(self.ordinals.iter().map(|o| new[*o].clone()).collect())
    }

    pub(super) fn exists(&mut self, ctx: &mut ExecContext<'_>, key: &[Value]) -> Result<bool> {
        let single = match key {
            [one] => integer(one),
            _ => None,
        };
        if single.is_some_and(|n| self.known.contains(&n)) {
            return Ok(true);
        }
        // The parent of a memory-optimised row is looked at again when the transaction commits.
        let hints = Hints {
            read_committed_lock: true,
            repeatable_read: self.parent.def().memory_optimized,
            ..Hints::default()
        };
        let found = has_row(ctx, &self.parent, self.index_id, key, hints)?;
        if let Some(n) = single
            && found
        {
            if self.known.len() >= 100_000 {
                self.known.clear();
            }
            self.known.insert(n);
        }
        Ok(found)
    }

    /// 547.
    pub(super) fn violated(&self, session: &Session, def: &TableDef, verb: Verb) -> SqlError {
        let key = &def.foreign_keys[self.at];
        let parent = self.parent.def();
        let catalog = &session.server.catalog;
        let column = match key.referenced_columns.as_slice() {
            [one] => parent
                .ordinal_of(*one)
                .map(|o| format!(", column '{}'", parent.columns[o].name))
                .unwrap_or_default(),
            _ => String::new(),
        };
        let kind = if self.same_table {
            "FOREIGN KEY SAME TABLE"
        } else {
            "FOREIGN KEY"
        };
        SqlError::new(
            547,
            format!(
                "The {} statement conflicted with the {kind} constraint \"{}\". The conflict occurred in database \"{}\", table \"{}\"{column}.",
                verb.word(),
                key.name,
                catalog.database_name(parent.database_id),
                catalog.qualified_name(&parent)
            ),
        )
        .state(0)
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::BigInt(n) => Some(*n),
        Value::Int(n) => Some(i64::from(*n)),
        _ => None,
    }
}

/// Is there a row with this key?
pub(super) fn has_row(
    ctx: &mut ExecContext<'_>,
    table: &Arc<Table>,
    index_id: i32,
    key: &[Value],
    hints: Hints,
) -> Result<bool> {
    let access = Access::seek(index_id, KeyRange::equal(key.to_vec()), Vec::new());
    let locks = ctx.session.lock_context(hints);
    let mut cursor = table.scan(&locks, access)?;
    let mut rows = Vec::new();
    cursor.next_chunk(1, &mut rows)?;
    Ok(!rows.is_empty())
}
