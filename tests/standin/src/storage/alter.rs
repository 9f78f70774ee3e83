//! Changes of a table's definition. Rows keep the layout in which they were written; only indexes are built.

use std::collections::HashMap;
use std::sync::Arc;

use super::RowId;
use super::data::TableData;
use super::index::{IndexData, IndexFilter};
use super::store::Store;
use super::txn::{Txn, Undo};
use crate::catalog::model::{ObjectId, TableDef};
use crate::error::Result;
use crate::types::Value;

impl Store {
    /// Gives the table another definition: columns are matched by column id, indexes by index id. New indexes are
    /// built (1505), those that are gone are dropped. A column whose type changes keeps its stored values until
    /// `rewrite_column`. The caller holds Sch-M. On error nothing has changed.
    pub fn alter_table(&self, txn: &mut Txn, def: Arc<TableDef>) -> Result<()> {
        self.alter_table_with(txn, def, HashMap::new())
    }

    /// `filters`: predicates of filtered indexes by index id. One that is not given is kept if the index's filter text
    /// stays the same; it must be given again when the table's columns change, because it reads them by ordinal.
    pub fn alter_table_with(
        &self,
        txn: &mut Txn,
        def: Arc<TableDef>,
        filters: HashMap<i32, IndexFilter>,
    ) -> Result<()> {
        let table = self.existing(def.object_id)?;
        let (old_def, old_indexes) = {
            let mut guard = table.write();
            let data = &mut *guard;
            let shape = data.shape.altered(Arc::clone(&def))?;
            let mut indexes = Vec::with_capacity(def.indexes.len());
            for index in &def.indexes {
                let filter = filters.get(&index.index_id).cloned().or_else(|| {
                    let old = &data.indexes[data.index_at(index.index_id)?];
                    (old.def.filter == index.filter).then(|| old.filter.clone())?
                });
                indexes.push(IndexData::new(&def, index, filter)?);
            }
            let old_def = Arc::clone(&data.shape.def);
            let old_layout = data.shape.layout();
            let new_layout = shape.layout();
            let retyped: Vec<i32> = def
                .columns
                .iter()
                .filter_map(|c| {
                    let new = new_layout.position_of(c.column_id)?;
                    let old = old_layout.position_of(c.column_id)?;
                    (!new_layout.same_class(new, old_layout, old)).then_some(c.column_id)
                })
                .collect();
            let old_shape = std::mem::replace(&mut data.shape, shape);
            let mut old_indexes = std::mem::replace(&mut data.indexes, indexes);
            move_entries(&mut old_indexes, &mut data.indexes);
            for at in 0..data.indexes.len() {
                let index = &data.indexes[at];
                let waits = index
                    .def
                    .keys
                    .iter()
                    .any(|k| retyped.contains(&k.column_id));
                if index.entries.is_some() || !index.is_eager() || waits {
                    continue;
                }
                let built = data.build(at);
                if let Err(error) = table.explain(data, built) {
                    move_entries(&mut data.indexes, &mut old_indexes);
                    data.shape = old_shape;
                    data.indexes = old_indexes;
                    return Err(error);
                }
            }
            (old_def, old_indexes)
        };
        txn.on_undo(move || {
            let mut guard = table.write();
            let data = &mut *guard;
            // The layouts stay: rows of the taken-back definition are gone by now, but numbers are not reused.
            if let Ok(shape) = data.shape.altered(old_def) {
                data.shape = shape;
            }
            let mut indexes = old_indexes;
            move_entries(&mut data.indexes, &mut indexes);
            data.indexes = indexes;
        });
        Ok(())
    }

    /// Replaces the stored values of one column in every row: ALTER COLUMN to another type, after `alter_table` gave
    /// the column that type, and backfills of new columns. The caller holds Sch-M. 1505 when a unique index over the
    /// column has a key twice afterwards.
    pub fn rewrite_column(
        &self,
        txn: &mut Txn,
        id: ObjectId,
        column_id: i32,
        f: &mut dyn FnMut(&Value) -> Result<Value>,
    ) -> Result<()> {
        let table = self.existing(id)?;
        let undo_table = Arc::clone(&table);
        // Runs after the rows are back.
        txn.on_undo(move || forget_entries(&mut undo_table.write(), column_id));
        let mut guard = table.write();
        let data = &mut *guard;
        forget_entries(data, column_id);
        let Some(ordinal) = data.shape.def.ordinal_of(column_id) else {
            return Ok(());
        };
        let rows: Vec<RowId> = data
            .rows
            .from(RowId(0))
            .filter(|(_, slot)| !slot.deleted())
            .map(|(row, _)| row)
            .collect();
        for row in rows {
            let Some(slot) = data.rows.get(row) else {
                continue;
            };
            let mut values = data.shape.decode_all(&slot.bytes);
            values[ordinal] = f(&values[ordinal])?;
            let image = data.shape.layout().encode(&values)?;
            let keys = data.indexes.iter().map(|_| None).collect();
            if let Some((before, first)) = data.change_row(txn.id, row, Some((image, keys)), false)
            {
                txn.undo.push(Undo::Row {
                    table: Arc::clone(&table),
                    row,
                    before: Some(before),
                    first,
                });
            }
        }
        table.ensure_enforced(data)
    }

    /// ALTER INDEX ... REBUILD and ALTER TABLE ... REBUILD: rows are written in the current layout, so that dropped
    /// columns give their space back.
    pub fn rebuild(&self, txn: &mut Txn, id: ObjectId) -> Result<()> {
        let table = self.existing(id)?;
        let mut guard = table.write();
        let data = &mut *guard;
        let rows: Vec<RowId> = data
            .rows
            .from(RowId(0))
            .filter(|(_, slot)| !slot.deleted())
            .map(|(row, _)| row)
            .collect();
        for row in rows {
            let Some(slot) = data.rows.get(row) else {
                continue;
            };
            let image = data
                .shape
                .layout()
                .encode(&data.shape.decode_all(&slot.bytes))?;
            if image == slot.bytes {
                continue;
            }
            let keys = data.indexes.iter().map(|_| None).collect();
            if let Some((before, first)) = data.change_row(txn.id, row, Some((image, keys)), false)
            {
                txn.undo.push(Undo::Row {
                    table: Arc::clone(&table),
                    row,
                    before: Some(before),
                    first,
                });
            }
        }
        Ok(())
    }
}

/// Entries of indexes that stay the same go over to the other list.
fn move_entries(from: &mut [IndexData], to: &mut [IndexData]) {
    for target in to {
        if let Some(source) = from.iter_mut().find(|i| i.same_keys(target)) {
            target.entries = source.entries.take();
        }
    }
}

/// Indexes over the column are built again when they are needed.
fn forget_entries(data: &mut TableData, column_id: i32) {
    for index in &mut data.indexes {
        let carries =
            index.def.filter.is_some() || index.def.keys.iter().any(|k| k.column_id == column_id);
        if carries {
            index.entries = None;
        }
    }
}
