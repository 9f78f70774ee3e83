//! How the pipeline works.

use std::time::Duration;

use super::sizing::SizeLimits;
use super::throttle::Thresholds;
use crate::connect::BulkLoad;

/// What a person may choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Writers of this process, each with its own connections.
    pub workers: usize,
    pub size: SizeLimits,
    /// How relations are loaded.
    pub load: BulkLoad,
    /// Pending embeddings of a key range; None: by the size of the table.
    pub range_embeddings: Option<usize>,
    /// How long a lease lives without a sign of its writer.
    pub lease: Duration,
    pub lock_timeout: Duration,
    /// Retries of a transient failure before the run stops.
    pub retries: u32,
    /// How long a lost server is looked for before the run stops.
    pub patience: Duration,
    pub thresholds: Thresholds,
}

/// A key range holds at most so many embeddings: one that is taken over costs at most this much reading.
const LARGEST_RANGE: u64 = 10_000;
/// Ranges per writer, at least, so that all of them end at about the same time.
const RANGES_PER_WRITER: u64 = 4;

impl Settings {
    /// Pending embeddings of one key range, for so many in all.
    pub fn range(&self, pending: u64) -> usize {
        let share = pending.div_ceil(self.workers.max(1) as u64 * RANGES_PER_WRITER);
        let range = share.clamp(1, LARGEST_RANGE);
        self.range_embeddings
            .unwrap_or_else(|| usize::try_from(range).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_table_is_shared_and_a_large_one_is_cut_into_bounded_ranges() {
        let settings = Settings {
            workers: 4,
            size: SizeLimits {
                first: 1,
                least: 1,
                most: 1,
                target: None,
            },
            load: BulkLoad::default(),
            range_embeddings: None,
            lease: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(1),
            retries: 1,
            patience: Duration::from_secs(1),
            thresholds: Thresholds::default(),
        };
        assert_eq!(settings.range(0), 1);
        assert_eq!(settings.range(320), 20);
        assert_eq!(settings.range(1_000_000), 10_000);
    }
}
