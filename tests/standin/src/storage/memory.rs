//! Memory-optimised tables: nobody waits. A reader sees the versions of its transaction's snapshot, a writer who meets a
//! newer version fails at once (41302), and what a transaction has read or made unique is looked at again when it
//! commits (41305, 41325).

use std::sync::{Arc, Mutex, PoisonError, RwLockWriteGuard};

use super::RowId;
use super::TxnId;
use super::data::TableData;
use super::index::Span;
use super::key::Key;
use super::message;
use super::rows::Slot;
use super::table::Table;
use super::txn::{Txn, Undo};
use crate::error::{ErrorKind, Result, SqlError};
use crate::types::Value;

/// What one scan under REPEATABLE READ or SERIALIZABLE has read.
pub(crate) struct Read {
    pub table: Arc<Table>,
    pub rows: Vec<RowId>,
    /// SERIALIZABLE: the part of the index (None: the whole table) into which no row may have come.
    pub ranges: Vec<Option<(i32, Span)>>,
}

/// The reads of one transaction, shared with its cursors.
pub(crate) type Reads = Arc<Mutex<Vec<Read>>>;

/// A cursor's place in its transaction's reads.
#[derive(Clone)]
pub(super) struct ReadLog {
    reads: Reads,
    at: usize,
    serializable: bool,
}

impl ReadLog {
    pub fn new(reads: &Reads, table: &Arc<Table>, serializable: bool) -> Self {
        let mut list = reads.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(Read {
            table: Arc::clone(table),
            rows: Vec::new(),
            ranges: Vec::new(),
        });
        Self {
            reads: Arc::clone(reads),
            at: list.len() - 1,
            serializable,
        }
    }

    pub fn row(&self, row: RowId) {
        self.with(|read| read.rows.push(row));
    }

    pub fn range(&self, range: Option<(i32, Span)>) {
        if self.serializable {
            self.with(|read| read.ranges.push(range));
        }
    }

    fn with(&self, change: impl FnOnce(&mut Read)) {
        let mut list = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = list.get_mut(self.at) {
            change(read);
        }
    }
}

/// A write conflict: 110 for an update, 111 for a delete.
fn write_conflict(delete: bool) -> SqlError {
    SqlError::new(
        41302,
        "The current transaction attempted to update a record that has been updated since this transaction started. The transaction was aborted.",
    )
    .state(if delete { 111 } else { 110 })
    .kind(ErrorKind::BatchAborting)
}

/// 41305.
fn not_repeatable() -> SqlError {
    SqlError::new(
        41305,
        "The current transaction failed to commit due to a repeatable read validation failure.",
    )
    .state(0)
    .kind(ErrorKind::BatchAborting)
}

/// 41325.
fn not_serializable() -> SqlError {
    SqlError::new(
        41325,
        "The current transaction failed to commit due to a serializable validation failure.",
    )
    .state(0)
    .kind(ErrorKind::BatchAborting)
}

/// Has another transaction's change of the row been committed after `time`?
fn changed_since(slot: &Slot, time: u64) -> bool {
    slot.change
        .as_deref()
        .is_some_and(|c| c.history.iter().any(|(ended, _)| *ended > time))
}

/// The image that is committed now.
fn committed(slot: &Slot) -> Option<&super::codec::RowBytes> {
    slot.version(u64::MAX - 1, false)
}

impl Table {
    /// Adds a row. 2627 and 2601 for a key that the transaction sees in another row.
    pub(super) fn insert_versioned(
        self: &Arc<Self>,
        txn: &mut Txn,
        row: &[Value],
    ) -> Result<RowId> {
        let mut data = self.write();
        self.ensure_enforced(&mut data)?;
        let image = data.shape.layout().encode(row)?;
        let keys = data.keys_of_row(row);
        self.refuse_duplicate(&data, &keys, txn, None, row)?;
        let id = data.add_row(txn.id, image, keys);
        txn.undo.push(Undo::Row {
            table: Arc::clone(self),
            row: id,
            before: None,
            first: true,
        });
        Ok(id)
    }

    /// Replaces a row: 41302, 2627, 2601. False: the transaction itself has deleted it.
    pub(super) fn update_versioned(
        self: &Arc<Self>,
        txn: &mut Txn,
        row: RowId,
        values: &[Value],
    ) -> Result<bool> {
        let mut data = self.settled_row(txn, row);
        self.ensure_enforced(&mut data)?;
        refuse_conflict(&data, txn, row, false)?;
        let Some(old) = data.rows.get(row).and_then(Slot::live).cloned() else {
            return Ok(false);
        };
        let image = data.shape.layout().encode(values)?;
        let old_keys = data.keys_of(&old);
        let new_keys = data.keys_of_row(values);
        let moved: Vec<Option<Key>> = old_keys
            .iter()
            .zip(&new_keys)
            .map(|(a, b)| if a == b { None } else { b.clone() })
            .collect();
        self.refuse_duplicate(&data, &moved, txn, Some(row), values)?;
        let keys_change = old_keys != new_keys;
        let changed = data.change_row(txn.id, row, Some((image, new_keys)), keys_change);
        self.note(txn, row, changed);
        Ok(true)
    }

    /// Deletes a row: 41302. False: the transaction itself has deleted it.
    pub(super) fn delete_versioned(self: &Arc<Self>, txn: &mut Txn, row: RowId) -> Result<bool> {
        let mut data = self.settled_row(txn, row);
        refuse_conflict(&data, txn, row, true)?;
        if data.rows.get(row).and_then(Slot::live).is_none() {
            return Ok(false);
        }
        let changed = data.change_row(txn.id, row, None, false);
        self.note(txn, row, changed);
        Ok(true)
    }

    /// 2627, 2601: the message names the table without its schema.
    fn refuse_duplicate(
        &self,
        data: &TableData,
        keys: &[Option<Key>],
        txn: &Txn,
        own: Option<RowId>,
        row: &[Value],
    ) -> Result<()> {
        let Some(at) = self.visible_duplicate(data, keys, txn, own) else {
            return Ok(());
        };
        let index = &data.indexes[at];
        let name = &data.shape.def.name;
        Err(message::duplicate_key(
            name,
            &index.def,
            &index.key_values(row),
        ))
    }

    /// The place of a unique index that has one of the keys in a row that the transaction sees.
    fn visible_duplicate(
        &self,
        data: &TableData,
        keys: &[Option<Key>],
        txn: &Txn,
        own: Option<RowId>,
    ) -> Option<usize> {
        let time = txn.snapshot_time().unwrap_or(u64::MAX - 1);
        data.indexes.iter().zip(keys).position(|(index, key)| {
            let (true, Some(key)) = (index.def.unique, key) else {
                return false;
            };
            index.rows_with(key).any(|row| {
                let image = data
                    .rows
                    .get(row)
                    .filter(|_| Some(row) != own)
                    .and_then(|slot| self.seen(slot, txn.id, time));
                image.is_some_and(|i| index.key_of(&data.shape, i).as_ref() == Some(key))
            })
        })
    }

    fn seen<'s>(
        &self,
        slot: &'s Slot,
        txn: TxnId,
        time: u64,
    ) -> Option<&'s super::codec::RowBytes> {
        match slot.writer() {
            Some(writer) if writer == txn => slot.live(),
            Some(writer) => slot.version(time, self.versions.settled(writer, time)),
            None => slot.version(time, false),
        }
    }

    /// The table's latch, once a writer of the row whose commit the snapshot sees has left the row.
    fn settled_row(&self, txn: &Txn, row: RowId) -> RwLockWriteGuard<'_, TableData> {
        loop {
            let data = self.write();
            let time = txn.snapshot_time().unwrap_or(u64::MAX - 1);
            let writer = data.rows.get(row).and_then(Slot::writer);
            if !writer.is_some_and(|w| w != txn.id && self.versions.settled(w, time)) {
                return data;
            }
            drop(data);
            std::thread::yield_now();
        }
    }
}

/// 41302 when another transaction has written the row, committed or not.
fn refuse_conflict(data: &TableData, txn: &Txn, row: RowId, delete: bool) -> Result<()> {
    let time = txn.snapshot_time().unwrap_or(u64::MAX - 1);
    match data.rows.get(row) {
        Some(slot) if slot.writer().is_some_and(|w| w != txn.id) => Err(write_conflict(delete)),
        Some(slot) if changed_since(slot, time) => Err(write_conflict(delete)),
        // The snapshot keeps what it sees, so a row that is gone was the transaction's own.
        _ => Ok(()),
    }
}

/// Everything that must still hold when the transaction commits. The caller lets no other transaction with
/// memory-optimised tables commit in between.
pub(super) fn validate(txn: &Txn) -> Result<()> {
    let Some(time) = txn.snapshot_time() else {
        return Ok(());
    };
    let reads = txn.reads.lock().unwrap_or_else(PoisonError::into_inner);
    for read in reads.iter() {
        let data = read.table.read();
        let changed = |row: &RowId| {
            data.rows
                .get(*row)
                .is_some_and(|slot| changed_since(slot, time))
        };
        if read.rows.iter().any(changed) {
            return Err(not_repeatable());
        }
    }
    for read in reads.iter() {
        let data = read.table.read();
        for range in &read.ranges {
            let index = range.as_ref().map(|(id, _)| *id);
            read.table.count_scan(index, |c| c.validations += 1);
            if phantom(&data, range.as_ref(), time) {
                return Err(not_serializable());
            }
        }
    }
    for record in &txn.undo {
        if let Undo::Row { table, row, .. } = record
            && table.memory_optimized
            && taken(&table.read(), *row, txn.id)
        {
            return Err(not_serializable());
        }
    }
    Ok(())
}

/// Has a row come into the range since `time`?
fn phantom(data: &TableData, range: Option<&(i32, Span)>, time: u64) -> bool {
    let index = range.and_then(|(id, span)| Some((&data.indexes[data.index_at(*id)?], span)));
    let inside = |image: &[u8]| match index {
        None => true,
        Some((index, span)) => index.key_of(&data.shape, image).is_some_and(|key| {
            !span.empty
                && key.bytes() >= span.start.as_slice()
                && span.end.as_deref().is_none_or(|end| key.bytes() < end)
        }),
    };
    data.rows.from(RowId(0)).any(|(_, slot)| {
        changed_since(slot, time)
            && committed(slot).is_some_and(|image| inside(image))
            && !slot.version(time, false).is_some_and(|image| inside(image))
    })
}

/// Does the row have a key that a committed row of another transaction has as well?
fn taken(data: &TableData, row: RowId, txn: TxnId) -> bool {
    let Some(image) = data.rows.get(row).and_then(Slot::live) else {
        return false;
    };
    data.indexes.iter().filter(|i| i.def.unique).any(|index| {
        let Some(key) = index.key_of(&data.shape, image) else {
            return false;
        };
        index.rows_with(&key).filter(|r| *r != row).any(|other| {
            data.rows
                .get(other)
                .filter(|slot| slot.writer() != Some(txn))
                .and_then(committed)
                .is_some_and(|i| index.key_of(&data.shape, i).as_ref() == Some(&key))
        })
    })
}
