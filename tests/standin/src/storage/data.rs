//! What a table's latch guards: its layouts, rows and indexes, and the changes that keep them in step.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::codec::{Layout, RowBytes};
use super::index::{Entry, IndexData};
use super::key::Key;
use super::rows::{Change, Rows, Slot};
use super::versions::CommitTime;
use super::{RowId, TxnId};
use crate::catalog::model::TableDef;
use crate::error::Result;
use crate::types::Value;

/// How stored bytes become the columns of the current definition.
pub(crate) struct Shape {
    pub def: Arc<TableDef>,
    layouts: Vec<Arc<Layout>>,
    /// Per layout and ordinal: the position in the layout; None: the row is older than the column.
    sources: Vec<Vec<Option<usize>>>,
}

impl Shape {
    pub fn new(def: Arc<TableDef>) -> Result<Self> {
        let mut shape = Self {
            layouts: vec![Arc::new(Layout::new(0, &def)?)],
            def,
            sources: Vec::new(),
        };
        shape.map_sources();
        Ok(shape)
    }

    /// The same rows under another definition.
    pub fn altered(&self, def: Arc<TableDef>) -> Result<Self> {
        let mut layouts = self.layouts.clone();
        let next = Layout::new(layouts.len(), &def)?;
        if !next.same_columns(self.layout()) {
            layouts.push(Arc::new(next));
        }
        let mut shape = Self {
            def,
            layouts,
            sources: Vec::new(),
        };
        shape.map_sources();
        Ok(shape)
    }

    /// The layouts of all rows that there may be, oldest first.
    pub fn layouts(&self) -> Vec<Arc<Layout>> {
        self.layouts.clone()
    }

    /// The shape of rows that were written in these layouts.
    pub fn over(layouts: &[Arc<Layout>], def: Arc<TableDef>) -> Result<Self> {
        Self {
            layouts: layouts.to_vec(),
            def: Arc::clone(&def),
            sources: Vec::new(),
        }
        .altered(def)
    }

    fn map_sources(&mut self) {
        self.sources = self
            .layouts
            .iter()
            .map(|layout| {
                self.def
                    .columns
                    .iter()
                    .map(|c| layout.position_of(c.column_id))
                    .collect()
            })
            .collect();
    }

    /// The layout of new rows.
    pub fn layout(&self) -> &Layout {
        // There is always one.
        &self.layouts[self.layouts.len() - 1]
    }

    pub fn value(&self, image: &[u8], ordinal: usize) -> Value {
        let number = Layout::number_of(image);
        match self.sources[number][ordinal] {
            Some(position) => self.layouts[number].decode(image, position),
            None => self.def.columns[ordinal].missing_value.clone(),
        }
    }

    /// The same; a text that is `last` again is not copied anew.
    pub fn value_like(&self, image: &[u8], ordinal: usize, last: &mut Value) -> Value {
        let number = Layout::number_of(image);
        match self.sources[number][ordinal] {
            Some(position) => self.layouts[number].decode_like(image, position, last),
            None => self.def.columns[ordinal].missing_value.clone(),
        }
    }

    pub fn decode(&self, image: &[u8], columns: &[usize]) -> Vec<Value> {
        columns.iter().map(|c| self.value(image, *c)).collect()
    }

    pub fn decode_all(&self, image: &[u8]) -> Vec<Value> {
        (0..self.def.columns.len())
            .map(|c| self.value(image, c))
            .collect()
    }
}

pub(crate) struct TableData {
    pub shape: Shape,
    pub rows: Rows,
    pub indexes: Vec<IndexData>,
    /// Rows that are not deleted, uncommitted ones included, and their bytes.
    pub live: u64,
    pub bytes: u64,
}

/// Two rows would have the same key.
pub(crate) struct DuplicateKey {
    pub index: usize,
    pub row: RowId,
}

impl TableData {
    pub fn keys_of_row(&self, row: &[Value]) -> Vec<Option<Key>> {
        let mut bytes = Vec::with_capacity(64);
        self.indexes
            .iter()
            .map(|i| {
                i.entries
                    .as_ref()
                    .and_then(|_| i.key_of_row_in(row, &mut bytes))
            })
            .collect()
    }

    pub fn keys_of(&self, image: &[u8]) -> Vec<Option<Key>> {
        self.indexes
            .iter()
            .map(|i| {
                i.entries
                    .as_ref()
                    .and_then(|_| i.key_of(&self.shape, image))
            })
            .collect()
    }

    pub fn add_row(&mut self, txn: TxnId, image: RowBytes, keys: Vec<Option<Key>>) -> RowId {
        self.live += 1;
        self.bytes += image.len() as u64;
        let row = self.rows.push(Slot {
            bytes: image,
            change: Some(Box::new(Change {
                writer: Some(txn),
                ..Change::default()
            })),
        });
        self.add_keys(row, keys);
        row
    }

    fn add_keys(&mut self, row: RowId, keys: Vec<Option<Key>>) {
        for (index, key) in self.indexes.iter_mut().zip(keys) {
            if let Some(key) = key {
                index.insert(key, row);
            }
        }
    }

    /// Replaces the row's image (`None`: deletes it). Returns the image before and whether this is the transaction's
    /// first change of the row. The row exists and is live.
    pub fn change_row(
        &mut self,
        txn: TxnId,
        row: RowId,
        image: Option<(RowBytes, Vec<Option<Key>>)>,
        keys_change: bool,
    ) -> Option<(RowBytes, bool)> {
        let slot = self.rows.get_mut(row)?;
        let before = Arc::clone(&slot.bytes);
        let change = slot.change.get_or_insert_default();
        let first = change.writer.is_none();
        if first {
            change.writer = Some(txn);
            change.committed = Some(Arc::clone(&before));
        } else if keys_change {
            change.trail.push(Arc::clone(&before));
        }
        match image {
            Some((image, keys)) => {
                self.bytes = self.bytes + image.len() as u64 - before.len() as u64;
                slot.bytes = image;
                if keys_change {
                    self.add_keys(row, keys);
                }
            }
            None => {
                change.deleted = true;
                self.live -= 1;
                self.bytes -= before.len() as u64;
            }
        }
        Some((before, first))
    }

    /// Takes back one change.
    pub fn undo_row(&mut self, row: RowId, before: Option<RowBytes>, first: bool) {
        let Some(before) = before else {
            self.remove_row(row);
            return;
        };
        let Some(slot) = self.rows.get_mut(row) else {
            return;
        };
        let was_deleted = slot.deleted();
        let current = std::mem::replace(&mut slot.bytes, Arc::clone(&before));
        if was_deleted {
            self.live += 1;
            self.bytes += before.len() as u64;
        } else {
            self.bytes = self.bytes + before.len() as u64 - current.len() as u64;
        }
        let mut dropped = vec![current];
        if let Some(change) = slot.change.as_deref_mut() {
            change.deleted = false;
            if first {
                change.writer = None;
                change.committed = None;
                dropped.append(&mut change.trail);
                if change.history.is_empty() {
                    slot.change = None;
                }
            }
        }
        self.drop_keys(row, &dropped);
    }

    /// The row's writer has committed. True: a version stayed behind for readers.
    pub fn settle(&mut self, row: RowId, commit: CommitTime) -> bool {
        let Some(slot) = self.rows.get_mut(row) else {
            return false;
        };
        let Some(change) = slot.change.as_deref_mut() else {
            return false;
        };
        change.writer = None;
        let committed = change.committed.take();
        let mut dropped = std::mem::take(&mut change.trail);
        if commit.keep_history {
            change.history.push((commit.time, committed));
        } else {
            dropped.extend(committed);
        }
        let kept = !change.history.is_empty();
        self.clean(row, &dropped);
        kept && commit.keep_history
    }

    /// Versions that ended at or before `ended` are not needed any more.
    pub fn trim(&mut self, row: RowId, ended: u64) {
        let Some(change) = self.rows.get_mut(row).and_then(|s| s.change.as_deref_mut()) else {
            return;
        };
        let gone = change.history.partition_point(|(e, _)| *e <= ended);
        let dropped: Vec<RowBytes> = change
            .history
            .drain(..gone)
            .filter_map(|(_, i)| i)
            .collect();
        self.clean(row, &dropped);
    }

    /// A row without writer and history is either plain or gone.
    fn clean(&mut self, row: RowId, dropped: &[RowBytes]) {
        let Some(slot) = self.rows.get_mut(row) else {
            return;
        };
        if let Some(change) = slot.change.as_deref()
            && change.writer.is_none()
            && change.history.is_empty()
        {
            if change.deleted {
                self.forget_keys(row, dropped);
                self.rows.remove(row);
                return;
            }
            slot.change = None;
        }
        self.drop_keys(row, dropped);
    }

    fn remove_row(&mut self, row: RowId) {
        if let Some(slot) = self.rows.get(row) {
            if !slot.deleted() {
                self.live -= 1;
                self.bytes -= slot.bytes.len() as u64;
            }
            self.forget_keys(row, &[]);
            self.rows.remove(row);
        }
    }

    /// Removes the keys of all images of the row and of `more`.
    fn forget_keys(&mut self, row: RowId, more: &[RowBytes]) {
        let Some(slot) = self.rows.get(row) else {
            return;
        };
        for image in slot.images().chain(more) {
            for index in &mut self.indexes {
                if index.entries.is_some()
                    && let Some(key) = index.key_of(&self.shape, image)
                {
                    index.remove(key, row);
                }
            }
        }
    }

    /// Removes the keys of images that the row no longer has, unless another image of it has the same.
    fn drop_keys(&mut self, row: RowId, dropped: &[RowBytes]) {
        if dropped.is_empty() {
            return;
        }
        let Some(slot) = self.rows.get(row) else {
            return;
        };
        for index in &mut self.indexes {
            if index.entries.is_none() {
                continue;
            }
            for image in dropped {
                if let Some(key) = index.key_of(&self.shape, image)
                    && !slot
                        .images()
                        .any(|i| index.key_of(&self.shape, i).as_ref() == Some(&key))
                {
                    index.remove(key, row);
                }
            }
        }
    }

    /// Builds the index from all images; two live rows with one key in a unique index are an error.
    pub fn build(&mut self, at: usize) -> std::result::Result<(), DuplicateKey> {
        let index = &self.indexes[at];
        let mut entries: Vec<Entry> = Vec::new();
        for (row, slot) in self.rows.from(RowId(0)) {
            if slot.change.is_none() {
                if let Some(key) = index.key_of(&self.shape, &slot.bytes) {
                    entries.push((key, row.0));
                }
                continue;
            }
            for image in slot.images() {
                if let Some(key) = index.key_of(&self.shape, image) {
                    entries.push((key, row.0));
                }
            }
        }
        entries.sort_unstable();
        entries.dedup();
        if index.def.unique {
            let live = |row: u64, key: &Key| {
                self.rows
                    .get(RowId(row))
                    .and_then(Slot::live)
                    .is_some_and(|image| index.key_of(&self.shape, image).as_ref() == Some(key))
            };
            for same in entries.chunk_by(|a, b| a.0 == b.0).filter(|c| c.len() > 1) {
                let mut rows = same.iter().filter(|(key, row)| live(*row, key));
                if let (Some(_), Some((_, row))) = (rows.next(), rows.next()) {
                    return Err(DuplicateKey {
                        index: at,
                        row: RowId(*row),
                    });
                }
            }
        }
        self.indexes[at].entries = Some(BTreeSet::from_iter(entries));
        Ok(())
    }

    /// The clustered index's place, if the table has one.
    pub fn clustered(&self) -> Option<usize> {
        self.indexes.iter().position(|i| {
            i.is_enabled() && i.def.kind == crate::catalog::model::IndexKind::Clustered
        })
    }

    pub fn index_at(&self, index_id: i32) -> Option<usize> {
        self.indexes.iter().position(|i| i.def.index_id == index_id)
    }
}
