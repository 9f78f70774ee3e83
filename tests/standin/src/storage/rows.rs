//! Slots of rows by row id: what is current, who changed it last, what was there before.

use super::codec::RowBytes;
use super::{RowId, TxnId};

const PAGE: usize = 256;

/// One row.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The current image, or the last one when the row is deleted.
    pub bytes: RowBytes,
    /// None: committed, live, and no reader needs an older version.
    pub change: Option<Box<Change>>,
}

/// What makes a row more than its current image.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// The open transaction that changed the row. It holds the row's X lock or the table's.
    pub writer: Option<TxnId>,
    pub deleted: bool,
    /// With a writer: the image before its first change; None when it inserted the row.
    pub committed: Option<RowBytes>,
    /// With a writer: images in between that a rollback to a savepoint may bring back.
    pub trail: Vec<RowBytes>,
    /// Images that were committed before (`Some`) or that the row did not exist (`None`), each with the time at which
    /// it ended, ascending.
    pub history: Vec<(u64, Option<RowBytes>)>,
}

impl Slot {
    pub fn writer(&self) -> Option<TxnId> {
        self.change.as_ref().and_then(|c| c.writer)
    }

    pub fn deleted(&self) -> bool {
        self.change.as_ref().is_some_and(|c| c.deleted)
    }

    pub fn live(&self) -> Option<&RowBytes> {
        (!self.deleted()).then_some(&self.bytes)
    }

    /// Every image whose keys have to be in the indexes.
    pub fn images(&self) -> impl Iterator<Item = &RowBytes> {
        let change = self.change.as_deref();
        std::iter::once(&self.bytes)
            .chain(change.and_then(|c| c.committed.as_ref()))
            .chain(change.into_iter().flat_map(|c| c.trail.iter()))
            .chain(
                change
                    .into_iter()
                    .flat_map(|c| c.history.iter().filter_map(|(_, image)| image.as_ref())),
            )
    }

    /// The image that was committed at `time`. `settled`: when the open writer has already committed by then.
    pub fn version(&self, time: u64, writer_settled: bool) -> Option<&RowBytes> {
        let Some(change) = self.change.as_deref() else {
            return Some(&self.bytes);
        };
        if let Some((_, image)) = change.history.iter().find(|(ended, _)| *ended > time) {
            return image.as_ref();
        }
        if change.writer.is_some() && !writer_settled {
            return change.committed.as_ref();
        }
        self.live()
    }
}

/// All rows of a table. Ids ascend and are never reused; a page of slots goes when its last row goes.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pages: Vec<Option<Page>>,
    next: u64,
}

#[derive(Debug)]
struct Page {
    slots: Box<[Option<Slot>]>,
    used: usize,
}

fn place(row: RowId) -> (usize, usize) {
    let at = usize::try_from(row.0).unwrap_or(usize::MAX);
    (at / PAGE, at % PAGE)
}

impl Rows {
    /// Ids go on where another set of rows of the same table stopped.
    pub fn starting_at(next: u64) -> Self {
        let (page, _) = place(RowId(next));
        let mut pages = Vec::new();
        pages.resize_with(page, || None);
        Self { pages, next }
    }

    pub fn next_id(&self) -> RowId {
        RowId(self.next)
    }

    pub fn push(&mut self, slot: Slot) -> RowId {
        let row = RowId(self.next);
        self.next += 1;
        let (page, at) = place(row);
        while self.pages.len() <= page {
            self.pages.push(None);
        }
        let page = self.pages[page].get_or_insert_with(|| {
            let mut slots = Vec::new();
            slots.resize_with(PAGE, || None);
            Page {
                slots: slots.into(),
                used: 0,
            }
        });
        page.slots[at] = Some(slot);
        page.used += 1;
        row
    }

    /// Adds a row under an id that lies ahead of all others.
    pub fn push_at(&mut self, row: RowId, slot: Slot) {
        self.next = self.next.max(row.0);
        self.push(slot);
    }

    /// No id below this one will be given.
    pub fn reserve_below(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    pub fn get(&self, row: RowId) -> Option<&Slot> {
        let (page, at) = place(row);
        self.pages.get(page)?.as_ref()?.slots[at].as_ref()
    }

    pub fn get_mut(&mut self, row: RowId) -> Option<&mut Slot> {
        let (page, at) = place(row);
        self.pages.get_mut(page)?.as_mut()?.slots[at].as_mut()
    }

    pub fn remove(&mut self, row: RowId) -> Option<Slot> {
        let (number, at) = place(row);
        let holder = self.pages.get_mut(number)?;
        let page = holder.as_mut()?;
        let slot = page.slots[at].take()?;
        page.used -= 1;
        if page.used == 0 {
            *holder = None;
        }
        Some(slot)
    }

    /// Rows with ids in `from..`, ascending.
    pub fn from(&self, from: RowId) -> impl Iterator<Item = (RowId, &Slot)> {
        let (first, skip) = place(from);
        self.pages
            .iter()
            .enumerate()
            .skip(first)
            .filter_map(|(number, page)| Some((number, page.as_ref()?)))
            .flat_map(move |(number, page)| {
                let skip = if number == first { skip } else { 0 };
                page.slots
                    .iter()
                    .enumerate()
                    .skip(skip)
                    .filter_map(move |(at, slot)| {
                        Some((RowId((number * PAGE + at) as u64), slot.as_ref()?))
                    })
            })
    }

    /// Rows with ids below `before`, descending.
    pub fn before(&self, before: RowId) -> impl Iterator<Item = (RowId, &Slot)> {
        let (last, end) = place(before);
        self.pages
            .iter()
            .enumerate()
            .take(last.saturating_add(1))
            .rev()
            .filter_map(|(number, page)| Some((number, page.as_ref()?)))
            .flat_map(move |(number, page)| {
                let end = if number == last { end } else { PAGE };
                page.slots[..end]
                    .iter()
                    .enumerate()
                    .rev()
                    .filter_map(move |(at, slot)| {
                        Some((RowId((number * PAGE + at) as u64), slot.as_ref()?))
                    })
            })
    }
}
