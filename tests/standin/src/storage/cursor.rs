//! A scan in pieces. Between the pieces it holds no latch and remembers only the last key it has dealt with, so rows
//! and indexes may change under it; whatever it has to wait for it waits for without the latch and then looks again.

use std::cell::Cell;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use super::access::{Access, KeyRange};
use super::chunk::RowChunk;
use super::data::TableData;
use super::index::{Entry, IndexData, Span};
use super::key::Key;
use super::memory::ReadLog;
use super::rows::Slot;
use super::table::Table;
use super::{RowId, TxnId};
use crate::error::Result;
use crate::locks::{
    HeldLock, LockContext, LockManager, Mode, Owner, ReadLocking, Requester, Resource,
};
use crate::protocol::CancelFlag;
use crate::types::Value;

/// Rows looked at under one hold of the latch, wanted or not.
const LOOKS: usize = 4096;

/// Where the scan goes on.
#[derive(Debug, Clone)]
enum Place {
    Start,
    After(Entry),
    AfterRow(RowId),
    End,
}

/// What the next look found.
pub(super) enum Step {
    /// Go on later.
    More,
    Done,
    /// Wait for this lock (`keep`: and keep it), then look again.
    Wait {
        resource: Resource,
        mode: Mode,
        keep: bool,
    },
}

/// What is to be done with one row.
enum Verdict<'a> {
    Image(&'a [u8]),
    Skip,
    Wait { mode: Mode, keep: bool },
}

pub struct Cursor {
    pub(super) table: Arc<Table>,
    access: Access,
    /// None: insertion order.
    index_id: Option<i32>,
    pub(super) span: Span,
    place: Place,
    pub(super) locking: ReadLocking,
    readpast: bool,
    owner: Owner,
    spid: u16,
    timeout: Option<Duration>,
    cancel: CancelFlag,
    priority: i32,
    cost: u64,
    escalation: bool,
    /// All columns of a unique key are given: a hit needs no range.
    pub(super) single: bool,
    pub(super) hit: bool,
    /// The row lock that was waited for last: not to be counted twice.
    granted: Option<Resource>,
    /// Notes what it reads of a memory-optimised table.
    log: Option<ReadLog>,
    /// Rows looked at since the last chunk.
    touched: Cell<u64>,
    _table_lock: Option<HeldLock>,
}

impl Table {
    /// Opens a scan and takes the table's lock: Sch-S, IS, S, IX or X, as isolation level and hints say. A statement
    /// that changes the table it scans must finish the scan first or meet its own changes.
    pub fn scan(self: &Arc<Self>, locks: &LockContext<'_>, access: Access) -> Result<Cursor> {
        let locking = match locks.memory_snapshot {
            Some(time) if self.memory_optimized => ReadLocking::Version(time),
            _ if self.memory_optimized => ReadLocking::Dirty,
            _ => locks.read_locking(),
        };
        let def = self.def();
        let who = locks.requester();
        let range = matches!(locking, ReadLocking::Keep { range: true, .. });
        let index_id = match access.index_id {
            Some(0) => None,
            Some(id) => Some(id),
            None => {
                let data = self.read();
                data.clustered().map(|at| data.indexes[at].def.index_id)
            }
        };
        let heap_range = range && index_id.is_none();
        let object = Resource::Object(self.object_id);
        let h = &locks.hints;
        let (mode, held) = match locking {
            _ if h.tablockx && !self.memory_optimized => (Mode::X, false),
            ReadLocking::Dirty | ReadLocking::Version(_) => (Mode::SchS, true),
            ReadLocking::Committed if h.tablock => (Mode::S, true),
            ReadLocking::Committed => (Mode::Is, true),
            ReadLocking::Keep { mode: Mode::S, .. } if h.tablock || heap_range => (Mode::S, false),
            ReadLocking::Keep { mode: Mode::S, .. } => (Mode::Is, false),
            ReadLocking::Keep { .. } if h.tablock || heap_range => (Mode::X, false),
            ReadLocking::Keep { .. } => (Mode::Ix, false),
        };
        let table_lock = if held {
            Some(self.manager.hold(&who, object, mode)?)
        } else {
            self.manager.acquire(&who, object, mode)?;
            None
        };
        if let Some(id) = index_id {
            self.ensure_built(id)?;
        }
        let mut cursor = Cursor {
            table: Arc::clone(self),
            access,
            index_id,
            span: Span::default(),
            place: Place::Start,
            locking,
            readpast: h.readpast,
            owner: locks.owner,
            spid: locks.spid,
            timeout: who.timeout,
            cancel: locks.cancel.clone(),
            priority: locks.deadlock_priority,
            cost: locks.undo_cost,
            escalation: locks.escalation && !def.lock_escalation_disabled,
            single: false,
            hit: false,
            granted: None,
            log: self.read_log(locks),
            touched: Cell::new(0),
            _table_lock: table_lock,
        };
        cursor.find_range()?;
        Ok(cursor)
    }
}

impl Table {
    /// Of a scan under REPEATABLE READ or SERIALIZABLE of a memory-optimised table.
    fn read_log(self: &Arc<Self>, locks: &LockContext<'_>) -> Option<ReadLog> {
        let h = &locks.hints;
        let strict = self.memory_optimized && (h.holdlock || h.repeatable_read);
        let reads = locks.reads.as_ref().filter(|_| strict)?;
        Some(ReadLog::new(reads, self, h.holdlock))
    }
}

impl Cursor {
    /// Begins anew with another range of the same index.
    pub fn seek(&mut self, range: KeyRange) -> Result<()> {
        self.access.range = range;
        self.place = Place::Start;
        self.hit = false;
        self.granted = None;
        self.find_range()
    }

    fn find_range(&mut self) -> Result<()> {
        self.table.count_scan(self.index_id, |c| c.started += 1);
        let Some(id) = self.index_id else {
            if let Some(log) = &self.log {
                log.range(None);
            }
            return Ok(());
        };
        let data = self.table.read();
        if let Some(index) = data.index_at(id).map(|at| &data.indexes[at]) {
            self.span = index.span(&self.access.range)?;
            self.single = index.def.unique && self.access.range.prefix.len() == index.columns.len();
            if let Some(log) = &self.log {
                log.range(Some((id, self.span.clone())));
            }
        }
        Ok(())
    }

    /// Appends up to `max` rows to `out`. False: there are no more.
    pub fn next_chunk(&mut self, max: usize, out: &mut Vec<(RowId, Vec<Value>)>) -> Result<bool> {
        let mut chunk = RowChunk::default();
        let more = self.fill(max, &mut chunk)?;
        for at in 0..chunk.len() {
            let mut row = Vec::with_capacity(chunk.width);
            chunk.take(at, &mut row);
            out.push((chunk.id(at), row));
        }
        Ok(more)
    }

    /// Appends up to `max` rows to `out`, which holds rows of this cursor only. False: there are no more.
    pub fn fill(&mut self, max: usize, out: &mut RowChunk) -> Result<bool> {
        let before = out.len();
        let outcome = self.fill_on(max, out);
        let (returned, touched) = (out.len() - before, self.touched.take());
        self.table.count_scan(self.index_id, |counts| {
            counts.returned += returned as u64;
            counts.touched += touched;
        });
        outcome
    }

    fn fill_on(&mut self, max: usize, out: &mut RowChunk) -> Result<bool> {
        let full = out.len().saturating_add(max.max(1));
        let manager = Arc::clone(&self.table.manager);
        loop {
            if let Place::End = self.place {
                return Ok(false);
            }
            let step = match self.index_id {
                Some(id) => self.look_in_index(&manager, id, full, out),
                None => self.look_in_heap(&manager, full, out),
            }?;
            match step {
                Step::Done => {
                    self.place = Place::End;
                    return Ok(false);
                }
                Step::More if out.len() >= full => return Ok(true),
                Step::More => {
                    if self.cancel.is_set() {
                        return Err(crate::locks::cancelled());
                    }
                }
                Step::Wait {
                    resource,
                    mode,
                    keep,
                } => {
                    let cancel = self.cancel.clone();
                    let who = self.requester(&cancel);
                    if keep {
                        manager.acquire_row(&who, resource.clone(), mode, self.escalation)?;
                        self.granted = Some(resource);
                    } else {
                        manager.wait_for(&who, resource, mode)?;
                    }
                }
            }
        }
    }

    /// All remaining rows.
    pub fn collect_all(&mut self) -> Result<Vec<(RowId, Vec<Value>)>> {
        let mut out = Vec::new();
        while self.next_chunk(4096, &mut out)? {}
        Ok(out)
    }

    fn requester<'a>(&self, cancel: &'a CancelFlag) -> Requester<'a> {
        Requester {
            owner: self.owner,
            spid: self.spid,
            timeout: self.timeout,
            cancel,
            deadlock_priority: self.priority,
            undo_cost: self.cost,
        }
    }

    pub(super) fn own_txn(&self) -> Option<TxnId> {
        match self.owner {
            Owner::Transaction(id) => Some(id),
            Owner::Session(_) | Owner::Guard(_) => None,
        }
    }

    fn look_in_heap(
        &mut self,
        manager: &Arc<LockManager>,
        full: usize,
        out: &mut RowChunk,
    ) -> Result<Step> {
        let table = Arc::clone(&self.table);
        let data = table.read();
        let cancel = self.cancel.clone();
        let who = self.requester(&cancel);
        let mut place = None;
        let mut step = Step::Done;
        {
            let mut visit = |looks: usize, row: RowId, slot: &Slot| -> bool {
                match self.judge(&table, manager, &who, row, slot) {
                    Verdict::Wait { mode, keep } => {
                        step = Step::Wait {
                            resource: Resource::Row(table.object_id, row),
                            mode,
                            keep,
                        };
                        return false;
                    }
                    Verdict::Image(image) => {
                        if let Some(log) = &self.log {
                            log.row(row);
                        }
                        out.push(row, &data.shape, image, &self.access.columns);
                    }
                    Verdict::Skip => {}
                }
                place = Some(Place::AfterRow(row));
                if out.len() >= full || looks >= LOOKS {
                    step = Step::More;
                    return false;
                }
                true
            };
            match (&self.place, self.access.descending) {
                (Place::AfterRow(r), false) => {
                    let rows = data.rows.from(RowId(r.0 + 1));
                    let _ = rows.enumerate().all(|(n, (r, s))| visit(n, r, s));
                }
                (Place::AfterRow(r), true) => {
                    let rows = data.rows.before(*r);
                    let _ = rows.enumerate().all(|(n, (r, s))| visit(n, r, s));
                }
                (_, false) => {
                    let rows = data.rows.from(RowId(0));
                    let _ = rows.enumerate().all(|(n, (r, s))| visit(n, r, s));
                }
                (_, true) => {
                    let rows = data.rows.before(data.rows.next_id());
                    let _ = rows.enumerate().all(|(n, (r, s))| visit(n, r, s));
                }
            }
        }
        if let Some(place) = place {
            self.place = place;
        }
        Ok(step)
    }

    fn look_in_index(
        &mut self,
        manager: &Arc<LockManager>,
        index_id: i32,
        full: usize,
        out: &mut RowChunk,
    ) -> Result<Step> {
        let table = Arc::clone(&self.table);
        let data = table.read();
        let Some(index) = data.index_at(index_id).map(|at| &data.indexes[at]) else {
            return Ok(Step::Done);
        };
        let Some(entries) = &index.entries else {
            return Ok(Step::Done);
        };
        let cancel = self.cancel.clone();
        let who = self.requester(&cancel);
        if self.span.empty {
            return Ok(Step::Done);
        }
        // Going down, the gap above the range comes first: later somebody could have put a row there unseen.
        if self.access.descending
            && let Some(step) = self.fence_end(&data, index, manager, &who)
        {
            return Ok(step);
        }
        let step = if self.access.descending {
            let (from, to) = self.bounds();
            if is_forward(&from, &to) {
                let range = entries.range((from, to)).rev();
                self.walk(&data, index, range, manager, &who, full, out)
            } else {
                None
            }
        } else {
            // Looking at each entry costs less than finding the end of the range beforehand.
            let from = match &self.place {
                Place::After(entry) => Bound::Excluded(entry.clone()),
                _ => Bound::Included((Key::new(&self.span.start), 0)),
            };
            let end = self.span.end.take();
            let range = entries
                .range((from, Bound::Unbounded))
                .take_while(|(key, _)| end.as_deref().is_none_or(|end| key.bytes() < end));
            let step = self.walk(&data, index, range, manager, &who, full, out);
            self.span.end = end;
            step
        };
        if let Some(step) = step {
            return Ok(step);
        }
        Ok(self
            .fence_end(&data, index, manager, &who)
            .unwrap_or(Step::Done))
    }

    /// The part of the index that is still to be seen, going down.
    fn bounds(&self) -> (Bound<Entry>, Bound<Entry>) {
        let from = Bound::Included((Key::new(&self.span.start), 0));
        let to = match (&self.place, &self.span.end) {
            (Place::After(entry), _) => Bound::Excluded(entry.clone()),
            (_, Some(end)) => Bound::Excluded((Key::new(end), 0)),
            (_, None) => Bound::Unbounded,
        };
        (from, to)
    }

    /// None: came to the end of the range.
    #[allow(clippy::too_many_arguments)]
    fn walk<'a>(
        &mut self,
        data: &TableData,
        index: &IndexData,
        entries: impl Iterator<Item = &'a Entry>,
        manager: &Arc<LockManager>,
        who: &Requester<'_>,
        full: usize,
        out: &mut RowChunk,
    ) -> Option<Step> {
        let mut last = None;
        let mut step = None;
        for (looks, entry) in entries.enumerate() {
            let row = RowId(entry.1);
            if let Some(slot) = data.rows.get(row) {
                if let Some(wait) = self.fence(index, entry, slot, manager, who) {
                    step = Some(wait);
                    break;
                }
                match self.judge(&self.table, manager, who, row, slot) {
                    Verdict::Wait { mode, keep } => {
                        step = Some(Step::Wait {
                            resource: Resource::Row(self.table.object_id, row),
                            mode,
                            keep,
                        });
                        break;
                    }
                    // The entry may belong to another image of the row than the one that this reader sees.
                    Verdict::Image(image)
                        if slot.change.is_none()
                            || index.key_of(&data.shape, image).as_ref() == Some(&entry.0) =>
                    {
                        self.hit = true;
                        if let Some(log) = &self.log {
                            log.row(row);
                        }
                        out.push(row, &data.shape, image, &self.access.columns);
                    }
                    Verdict::Image(_) | Verdict::Skip => {}
                }
            }
            last = Some(entry);
            if out.len() >= full || looks >= LOOKS {
                step = Some(Step::More);
                break;
            }
        }
        if let Some(entry) = last {
            self.place = Place::After(entry.clone());
        }
        step
    }

    fn judge<'a>(
        &self,
        table: &Table,
        manager: &Arc<LockManager>,
        who: &Requester<'_>,
        row: RowId,
        slot: &'a Slot,
    ) -> Verdict<'a> {
        let image = |image: Option<&'a super::codec::RowBytes>| {
            image.map_or(Verdict::Skip, |i| Verdict::Image(i))
        };
        self.touched.set(self.touched.get() + 1);
        let foreign = slot.writer().filter(|w| Some(*w) != self.own_txn());
        match self.locking {
            ReadLocking::Dirty => image(slot.live()),
            ReadLocking::Version(time) => {
                if slot.writer().is_some() && foreign.is_none() {
                    return image(slot.live());
                }
                let settled = foreign.is_some_and(|w| table.versions.settled(w, time));
                image(slot.version(time, settled))
            }
            ReadLocking::Committed => match foreign {
                None => image(slot.live()),
                Some(_) if self.readpast => Verdict::Skip,
                Some(_) => Verdict::Wait {
                    mode: Mode::S,
                    keep: false,
                },
            },
            ReadLocking::Keep { mode, .. } => {
                let resource = Resource::Row(table.object_id, row);
                if self.granted.as_ref() != Some(&resource)
                    && !manager.try_acquire(who, resource, mode)
                {
                    if self.readpast {
                        return Verdict::Skip;
                    }
                    return Verdict::Wait { mode, keep: true };
                }
                if self.escalation {
                    manager.escalate_if_due(who, table.object_id);
                }
                image(slot.live())
            }
        }
    }
}

/// BTreeSet::range refuses ranges that run backwards.
fn is_forward(from: &Bound<Entry>, to: &Bound<Entry>) -> bool {
    match (from, to) {
        (Bound::Included(a), Bound::Included(b)) => a <= b,
        (Bound::Included(a) | Bound::Excluded(a), Bound::Excluded(b))
        | (Bound::Excluded(a), Bound::Included(b)) => a < b,
        _ => true,
    }
}
