//! How many components the next batch gets, so that a commit takes about as long as it should.
//!
//! The rule is that of the best online migration tools: the slow end (p90) of the last ten batches decides, a batch grows at
//! most by half, and one that took five times too long shrinks at once.

use std::collections::VecDeque;
use std::time::Duration;

/// Batches that are remembered.
const REMEMBERED: usize = 10;
/// A batch is never more than so much larger than the one before.
const GROWTH: f64 = 1.5;
/// A batch that took so many times its target shrinks the next one by as much.
const PANIC: f64 = 5.0;

/// Bounds of the batch size, in components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimits {
    pub first: usize,
    pub least: usize,
    pub most: usize,
    /// How long the transaction of a batch shall take; None: every batch has `first` components.
    pub target: Option<Duration>,
}

/// The size of the next batch of one writer.
#[derive(Debug, Clone)]
pub struct Sizing {
    limits: SizeLimits,
    size: f64,
    /// Seconds per component of the last batches.
    recent: VecDeque<f64>,
}

impl Sizing {
    pub fn new(limits: SizeLimits) -> Self {
        Self {
            limits,
            size: limits.first as f64,
            recent: VecDeque::with_capacity(REMEMBERED),
        }
    }

    /// Components of the next batch.
    pub fn components(&self) -> usize {
        self.size as usize
    }

    /// Learns from a committed batch.
    pub fn committed(&mut self, components: usize, took: Duration) {
        let Some(target) = self.limits.target.map(|target| target.as_secs_f64()) else {
            return;
        };
        let seconds = took.as_secs_f64().max(1e-6);
        if components == 0 {
            return;
        }
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(seconds / components as f64);
        let wanted = if seconds > PANIC * target {
            self.recent.clear();
            components as f64 * target / seconds
        } else {
            target / self.slow_end()
        };
        // A batch cut short by the end of its range says nothing about growing.
        let ceiling = self.size * GROWTH;
        self.size = wanted
            .min(ceiling)
            .clamp(self.limits.least as f64, self.limits.most as f64);
    }

    /// The 90th percentile of the seconds per component.
    fn slow_end(&self) -> f64 {
        let mut sorted: Vec<f64> = self.recent.iter().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = (sorted.len() * 9).div_ceil(10).max(1) - 1;
        sorted.get(at).copied().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizing(first: usize) -> Sizing {
        Sizing::new(SizeLimits {
            first,
            least: 100,
            most: 100_000,
            target: Some(Duration::from_secs(1)),
        })
    }

    #[test]
    fn a_fast_server_makes_batches_grow_by_half_at_most_and_not_beyond_the_limit() {
        let mut sizing = sizing(1_000);
        sizing.committed(1_000, Duration::from_millis(10));
        assert_eq!(sizing.components(), 1_500);
        for _ in 0..50 {
            let size = sizing.components();
            sizing.committed(size, Duration::from_millis(10));
        }
        assert_eq!(sizing.components(), 100_000);
    }

    #[test]
    fn it_settles_where_a_batch_takes_its_target() {
        let mut sizing = sizing(1_000);
        // 0.1 ms a component: 10,000 components take a second.
        for _ in 0..50 {
            let size = sizing.components();
            sizing.committed(size, Duration::from_micros(size as u64 * 100));
        }
        assert!((9_990..=10_010).contains(&sizing.components()));
    }

    #[test]
    fn five_times_too_slow_shrinks_at_once() {
        let mut sizing = sizing(10_000);
        sizing.committed(10_000, Duration::from_secs(10));
        assert_eq!(sizing.components(), 1_000);
        sizing.committed(1_000, Duration::from_secs(1_000));
        assert_eq!(sizing.components(), 100);
    }

    #[test]
    fn one_slow_batch_in_ten_decides() {
        let mut sizing = sizing(10_000);
        for _ in 0..9 {
            sizing.committed(10_000, Duration::from_secs(1));
        }
        sizing.committed(10_000, Duration::from_secs(2));
        assert_eq!(sizing.components(), 10_000);
        sizing.committed(10_000, Duration::from_secs(2));
        assert_eq!(sizing.components(), 5_000);
    }

    #[test]
    fn without_a_target_the_size_is_fixed() {
        let mut sizing = Sizing::new(SizeLimits {
            first: 500,
            least: 1,
            most: 1_000,
            target: None,
        });
        sizing.committed(500, Duration::from_secs(60));
        assert_eq!(sizing.components(), 500);
    }
}
