//! Rows, their indexes, transactions and undo. Knows definitions (catalog), not statements.
//!
//! A row lives in a slot of its table under a [`RowId`] that is never used again; indexes are ordered sets of
//! (key, row id). A change leaves the last committed image in the slot and its keys in the indexes until the
//! transaction ends, so that others can wait for it, read the version before it, and never reuse a key that a
//! rollback would bring back. Nobody waits for a lock while holding a table's latch.

mod access;
mod alter;
mod chunk;
mod codec;
mod cursor;
mod data;
mod fence;
mod image;
mod index;
mod key;
mod memory;
mod memory_view;
mod message;
mod rows;
mod store;
mod table;
mod txn;
mod versions;
mod write;

#[cfg(test)]
mod tests;

pub use access::{Access, KeyRange};
pub use chunk::RowChunk;
pub use cursor::Cursor;
pub use image::TableImage;
pub use index::IndexFilter;
pub(crate) use memory::Reads;
pub use memory_view::{BucketCounts, MemoryUse, ScanCounts};
pub use store::Store;
pub use table::Table;
pub use txn::{Savepoint, Txn};
pub use versions::Snapshot;

/// Stable for a row's life, unique within its table, ascending in insertion order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub u64);

/// Also the TDS transaction descriptor; never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TxnId(pub u64);
