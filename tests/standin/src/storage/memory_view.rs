//! What memory-optimised tables look like from outside: the memory they take, their hash buckets, their scans.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::RowId;
use super::table::Table;
use crate::catalog::model::IndexKind;
use crate::error::Result;

/// Scans of one index since the table was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScanCounts {
    pub started: u64,
    pub returned: u64,
    pub touched: u64,
    /// Looks of commits for rows that came into a range.
    pub validations: u64,
}

/// Bytes of a table's rows, versions included, and of each of its indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryUse {
    pub rows: u64,
    pub indexes: Vec<(i32, u64)>,
}

/// How the rows of a hash index lie in its buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketCounts {
    pub total: u64,
    pub empty: u64,
    /// Of the buckets that are not empty.
    pub average_chain: u64,
    pub longest_chain: u64,
}

/// Header of a row, and its place in each index (documentation: table and row size in memory-optimised tables).
const ROW_HEADER: u64 = 24;
const INDEX_POINTER: u64 = 8;

impl Table {
    pub(super) fn count_scan(&self, index: Option<i32>, change: impl FnOnce(&mut ScanCounts)) {
        if self.memory_optimized {
            let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
            change(scans.entry(index.unwrap_or(0)).or_default());
        }
    }

    pub fn scan_counts(&self, index_id: i32) -> ScanCounts {
        let scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        scans.get(&index_id).copied().unwrap_or_default()
    }

    /// Rows by the documented formula, over the storage's own images; hash indexes by their buckets, the others by
    /// their keys.
    pub fn memory_use(self: &Arc<Self>) -> Result<MemoryUse> {
        let def = self.def();
        for index in def.indexes.iter().skip(1) {
            self.ensure_built(index.index_id)?;
        }
        let data = self.read();
        let indexes = def.indexes.len().saturating_sub(1) as u64;
        let header = ROW_HEADER + INDEX_POINTER * indexes;
        let rows = data
            .rows
            .from(RowId(0))
            .flat_map(|(_, slot)| slot.images())
            .map(|image| header + image.len() as u64)
            .sum();
        let size = |index: &super::index::IndexData| match index.def.kind {
            IndexKind::Hash(buckets) => u64::from(buckets) * INDEX_POINTER,
            _ => {
                let mut last = None;
                let mut bytes = 0;
                for (key, _) in index.entries.iter().flatten() {
                    if last != Some(key) {
                        bytes += INDEX_POINTER + key.bytes().len() as u64;
                        last = Some(key);
                    }
                }
                bytes
            }
        };
        Ok(MemoryUse {
            rows,
            indexes: data
                .indexes
                .iter()
                .filter(|i| i.def.index_id > 0)
                .map(|i| (i.def.index_id, size(i)))
                .collect(),
        })
    }

    /// None: the index is no hash index.
    pub fn bucket_counts(&self, index_id: i32) -> Result<Option<BucketCounts>> {
        self.ensure_built(index_id)?;
        let data = self.read();
        let Some(index) = data.index_at(index_id).map(|at| &data.indexes[at]) else {
            return Ok(None);
        };
        let IndexKind::Hash(buckets) = index.def.kind else {
            return Ok(None);
        };
        let total = u64::from(buckets);
        let mut chains: HashMap<u64, u64> = HashMap::new();
        let mut rows = 0;
        for (key, _) in index.entries.iter().flatten() {
            *chains.entry(hash(key.bytes()) % total).or_default() += 1;
            rows += 1;
        }
        let used = chains.len() as u64;
        Ok(Some(BucketCounts {
            total,
            empty: total - used,
            average_chain: rows / used.max(1),
            longest_chain: chains.values().copied().max().unwrap_or(0),
        }))
    }
}

/// FNV-1a, mixed once more so that its low bits depend on all of the key.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash.wrapping_mul(0xff51_afd7_ed55_8ccd) >> 20
}
