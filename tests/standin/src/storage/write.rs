//! INSERT, UPDATE and DELETE of one row: locks first, then a look under the latch for whatever is in the way, and
//! either the change or a wait without the latch and another look.

use std::sync::Arc;

use super::codec::RowBytes;
use super::data::TableData;
use super::key::Key;
use super::table::Table;
use super::txn::{Txn, Undo};
use super::{RowId, message};
use crate::catalog::model::IndexKind;
use crate::error::Result;
use crate::locks::{LockContext, Mode, Owner, Requester, Resource};
use crate::protocol::IsolationLevel;
use crate::types::Value;

/// Why a change cannot be made now.
enum Obstacle {
    /// The place of a unique index that has the key already.
    Duplicate(usize),
    /// Wait until this could be locked in this mode, then look again.
    Wait(Resource, Mode),
}

impl Table {
    /// Adds a row with one value per column of `def()`. Errors: 2627, 2601; 3604 with class 0 when IGNORE_DUP_KEY
    /// leaves the row out; 1222, 1205.
    pub fn insert(
        self: &Arc<Self>,
        txn: &mut Txn,
        locks: &LockContext<'_>,
        row: &[Value],
    ) -> Result<RowId> {
        let who = self.lock_table(txn, locks)?;
        if self.memory_optimized {
            return self.insert_versioned(txn, row);
        }
        loop {
            let mut data = self.write();
            self.ensure_enforced(&mut data)?;
            let image = data.shape.layout().encode(row)?;
            let keys = data.keys_of_row(row);
            let obstacle = self
                .duplicate(&data, &keys, txn, None)
                .or_else(|| self.closed_gap(&data, &keys, &who));
            match obstacle {
                Some(Obstacle::Duplicate(at)) => {
                    let index = &data.indexes[at];
                    if index.def.ignore_dup_key {
                        return Err(message::duplicate_ignored());
                    }
                    let name = self.catalog.qualified_name(&data.shape.def);
                    return Err(message::duplicate_key(
                        &name,
                        &index.def,
                        &index.key_values(row),
                    ));
                }
                Some(Obstacle::Wait(resource, mode)) => {
                    drop(data);
                    self.manager.wait_for(&who, resource, mode)?;
                    continue;
                }
                None => {}
            }
            let escalation = !data.shape.def.lock_escalation_disabled;
            let id = data.rows.next_id();
            // Nobody knows the row yet, so this never waits.
            self.manager.acquire_row(
                &who,
                Resource::Row(self.object_id, id),
                Mode::X,
                escalation,
            )?;
            self.split_own_gaps(&data, &keys, id, &who);
            data.add_row(txn.id, image, keys);
            txn.undo.push(Undo::Row {
                table: Arc::clone(self),
                row: id,
                before: None,
                first: true,
            });
            return Ok(id);
        }
    }

    /// Replaces a row. False: the row is gone, nothing happened. The caller has read it with a lock that keeps others
    /// from changing it in between (UPDLOCK), or does not care.
    pub fn update(
        self: &Arc<Self>,
        txn: &mut Txn,
        locks: &LockContext<'_>,
        row: RowId,
        values: &[Value],
    ) -> Result<bool> {
        let who = self.lock_table(txn, locks)?;
        if self.memory_optimized {
            return self.update_versioned(txn, row, values);
        }
        self.lock_row(locks, &who, row)?;
        loop {
            let mut data = self.write();
            self.ensure_enforced(&mut data)?;
            let Some(old) = self.current(&data, txn, locks, row)? else {
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
            let obstacle = self
                .duplicate(&data, &moved, txn, Some(row))
                .or_else(|| self.closed_gap(&data, &moved, &who))
                .or_else(|| self.locked_key(&data, &old, Some(values), &old_keys, row, &who));
            match obstacle {
                Some(Obstacle::Duplicate(at)) => {
                    let index = &data.indexes[at];
                    let name = self.catalog.qualified_name(&data.shape.def);
                    let key = index.key_values(values);
                    return Err(message::duplicate_key(&name, &index.def, &key));
                }
                Some(Obstacle::Wait(resource, mode)) => {
                    drop(data);
                    self.manager.wait_for(&who, resource, mode)?;
                    continue;
                }
                None => {}
            }
            let keys_change = old_keys != new_keys;
            if keys_change {
                self.split_own_gaps(&data, &moved, row, &who);
            }
            let changed = data.change_row(txn.id, row, Some((image, new_keys)), keys_change);
            self.note(txn, row, changed);
            return Ok(true);
        }
    }

    /// Deletes a row. False: the row is gone already.
    pub fn delete(
        self: &Arc<Self>,
        txn: &mut Txn,
        locks: &LockContext<'_>,
        row: RowId,
    ) -> Result<bool> {
        let who = self.lock_table(txn, locks)?;
        if self.memory_optimized {
            return self.delete_versioned(txn, row);
        }
        self.lock_row(locks, &who, row)?;
        loop {
            let mut data = self.write();
            let Some(old) = self.current(&data, txn, locks, row)? else {
                return Ok(false);
            };
            let keys = if self.manager.has_key_locks(self.object_id) {
                data.keys_of(&old)
            } else {
                Vec::new()
            };
            if let Some(Obstacle::Wait(resource, mode)) =
                self.locked_key(&data, &old, None, &keys, row, &who)
            {
                drop(data);
                self.manager.wait_for(&who, resource, mode)?;
                continue;
            }
            let changed = data.change_row(txn.id, row, None, false);
            self.note(txn, row, changed);
            return Ok(true);
        }
    }

    pub(super) fn note(
        self: &Arc<Self>,
        txn: &mut Txn,
        row: RowId,
        changed: Option<(RowBytes, bool)>,
    ) {
        if let Some((before, first)) = changed {
            txn.undo.push(Undo::Row {
                table: Arc::clone(self),
                row,
                before: Some(before),
                first,
            });
        }
    }

    /// IX on the table, or X with TABLOCK or TABLOCKX; once per transaction.
    fn lock_table<'a>(&self, txn: &mut Txn, locks: &LockContext<'a>) -> Result<Requester<'a>> {
        let mut who = locks.requester();
        who.owner = Owner::Transaction(txn.id);
        who.undo_cost = txn.undo_cost();
        let whole = locks.hints.tablock || locks.hints.tablockx;
        if whole || !txn.intents.contains(&self.object_id) {
            let mode = match whole {
                _ if self.memory_optimized => Mode::SchS,
                true => Mode::X,
                false => Mode::Ix,
            };
            self.manager
                .acquire(&who, Resource::Object(self.object_id), mode)?;
            txn.intents.insert(self.object_id);
        }
        Ok(who)
    }

    fn lock_row(&self, locks: &LockContext<'_>, who: &Requester<'_>, row: RowId) -> Result<()> {
        let escalation = locks.escalation && !self.read().shape.def.lock_escalation_disabled;
        self.manager
            .acquire_row(who, Resource::Row(self.object_id, row), Mode::X, escalation)?;
        Ok(())
    }

    /// The row's image; 3960 when a SNAPSHOT transaction did not see its last change.
    fn current(
        &self,
        data: &TableData,
        txn: &Txn,
        locks: &LockContext<'_>,
        row: RowId,
    ) -> Result<Option<RowBytes>> {
        let slot = data.rows.get(row);
        if locks.isolation == IsolationLevel::Snapshot
            && let Some(snapshot) = txn.snapshot.as_ref().map(super::Snapshot::time)
            && let Some(change) = slot.and_then(|s| s.change.as_deref())
            && change.history.iter().any(|(ended, _)| *ended > snapshot)
        {
            let def = &data.shape.def;
            return Err(message::snapshot_conflict(
                &self.catalog.qualified_name(def),
                &self.catalog.database_name(def.database_id),
            ));
        }
        Ok(slot.and_then(|s| s.live()).cloned())
    }

    /// A unique index that has one of the keys in another row, or a row whose writer has not decided yet.
    fn duplicate(
        &self,
        data: &TableData,
        keys: &[Option<Key>],
        txn: &Txn,
        own: Option<RowId>,
    ) -> Option<Obstacle> {
        for (at, (index, key)) in data.indexes.iter().zip(keys).enumerate() {
            let (true, Some(key)) = (index.def.unique, key) else {
                continue;
            };
            for row in index.rows_with(key).filter(|r| Some(*r) != own) {
                let Some(slot) = data.rows.get(row) else {
                    continue;
                };
                if slot.writer().is_some_and(|w| w != txn.id) {
                    return Some(Obstacle::Wait(Resource::Row(self.object_id, row), Mode::X));
                }
                let taken = slot.change.is_none()
                    || slot
                        .live()
                        .is_some_and(|i| index.key_of(&data.shape, i).as_ref() == Some(key));
                if taken {
                    return Some(Obstacle::Duplicate(at));
                }
            }
        }
        None
    }

    /// A gap into which one of the keys would come and that another session protects.
    fn closed_gap(
        &self,
        data: &TableData,
        keys: &[Option<Key>],
        who: &Requester<'_>,
    ) -> Option<Obstacle> {
        if !self.manager.has_key_locks(self.object_id) {
            return None;
        }
        let id = data.rows.next_id();
        data.indexes.iter().zip(keys).find_map(|(index, key)| {
            let next = index.next_above(key.as_ref()?, id);
            let anchor = index.anchor(self.object_id, next);
            (!self.manager.test(who, anchor.clone(), Mode::RangeIN))
                .then_some(Obstacle::Wait(anchor, Mode::RangeIN))
        })
    }

    /// An index key of the row that another session has locked. `values`: what the row becomes; None: it goes.
    fn locked_key(
        &self,
        data: &TableData,
        old: &RowBytes,
        values: Option<&[Value]>,
        keys: &[Option<Key>],
        row: RowId,
        who: &Requester<'_>,
    ) -> Option<Obstacle> {
        if !self.manager.has_key_locks(self.object_id) {
            return None;
        }
        data.indexes.iter().zip(keys).find_map(|(index, key)| {
            let touched = index.def.kind == IndexKind::Clustered
                || values.is_none_or(|new| {
                    index
                        .carried
                        .iter()
                        .any(|c| data.shape.value(old, *c) != new[*c])
                });
            let key = key.clone().filter(|_| touched)?;
            let anchor = index.anchor(self.object_id, Some(&(key, row.0)));
            (!self.manager.test(who, anchor.clone(), Mode::X))
                .then_some(Obstacle::Wait(anchor, Mode::X))
        })
    }

    /// A new key in a gap that the session itself protects divides it: the lower half needs a lock of its own.
    fn split_own_gaps(
        &self,
        data: &TableData,
        keys: &[Option<Key>],
        row: RowId,
        who: &Requester<'_>,
    ) {
        if !self.manager.has_key_locks(self.object_id) {
            return;
        }
        for (index, key) in data.indexes.iter().zip(keys) {
            let Some(key) = key else { continue };
            let next = index.anchor(self.object_id, index.next_above(key, row));
            if self.manager.holds_range(who.spid, &next) {
                let own = index.anchor(self.object_id, Some(&(key.clone(), row.0)));
                self.manager.try_acquire(who, own, Mode::RangeXX);
            }
        }
    }
}
