//! How long to wait before the next attempt.

use std::time::Duration;

use rand::RngExt as _;

/// Exponential from 100 ms to 10 s, jittered over its upper half.
pub fn backoff(attempt: u32) -> Duration {
    let ceiling = 100u64.saturating_mul(1 << attempt.min(10)).min(10_000);
    Duration::from_millis(rand::rng().random_range(ceiling / 2..=ceiling))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_a_cap() {
        for attempt in 1..40 {
            let wait = backoff(attempt);
            assert!(wait >= Duration::from_millis(100) && wait <= Duration::from_secs(10));
        }
        assert!(backoff(1) <= Duration::from_millis(200));
        assert!(backoff(39) >= Duration::from_secs(5));
    }
}
