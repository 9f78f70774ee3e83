//! The gaps of an index that a serializable scan protects.

use std::ops::Bound;
use std::sync::Arc;

use super::RowId;
use super::cursor::{Cursor, Step};
use super::data::TableData;
use super::index::{Entry, IndexData};
use super::key::Key;
use super::rows::Slot;
use crate::locks::{LockManager, Mode, ReadLocking, Requester, Resource};

impl Cursor {
    /// Protects the gap below an entry of the range.
    pub(super) fn fence(
        &self,
        index: &IndexData,
        entry: &Entry,
        slot: &Slot,
        manager: &Arc<LockManager>,
        who: &Requester<'_>,
    ) -> Option<Step> {
        let ReadLocking::Keep { mode, range: true } = self.locking else {
            return None;
        };
        // Uniqueness itself keeps others away from a key that is there.
        if self.single && slot.change.is_none() {
            return None;
        }
        if let Some(writer) = slot.writer()
            && Some(writer) != self.own_txn()
        {
            return Some(Step::Wait {
                resource: Resource::Row(self.table.object_id, RowId(entry.1)),
                mode,
                keep: false,
            });
        }
        let mode = range_mode(mode);
        let anchor = index.anchor(self.table.object_id, Some(entry));
        (!manager.try_acquire(who, anchor.clone(), mode)).then_some(Step::Wait {
            resource: anchor,
            mode,
            keep: true,
        })
    }

    /// Protects the gap between the range's last row and what comes after the range.
    pub(super) fn fence_end(
        &self,
        data: &TableData,
        index: &IndexData,
        manager: &Arc<LockManager>,
        who: &Requester<'_>,
    ) -> Option<Step> {
        if self.single && self.hit {
            return None;
        }
        let next = match &self.span.end {
            Some(end) => index
                .entries
                .as_ref()?
                .range((Bound::Included((Key::new(end), 0)), Bound::Unbounded))
                .next(),
            None => None,
        };
        let ReadLocking::Keep { mode, range: true } = self.locking else {
            return None;
        };
        if let Some(entry) = next
            && let Some(writer) = data.rows.get(RowId(entry.1)).and_then(Slot::writer)
            && Some(writer) != self.own_txn()
        {
            return Some(Step::Wait {
                resource: Resource::Row(self.table.object_id, RowId(entry.1)),
                mode,
                keep: false,
            });
        }
        let mode = range_mode(mode);
        let anchor = index.anchor(self.table.object_id, next);
        (!manager.try_acquire(who, anchor.clone(), mode)).then_some(Step::Wait {
            resource: anchor,
            mode,
            keep: true,
        })
    }
}

fn range_mode(mode: Mode) -> Mode {
    match mode {
        Mode::X => Mode::RangeXX,
        Mode::U => Mode::RangeSU,
        _ => Mode::RangeSS,
    }
}
