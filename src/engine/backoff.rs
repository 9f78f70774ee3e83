//! How long to wait before something transient is tried again.

use std::time::Duration;

use rand::RngExt as _;

/// Exponential from `first` to `most`, with jitter over its upper half, so that two clients do not meet again and again.
pub fn backoff(attempt: u32, first: Duration, most: Duration) -> Duration {
    let ceiling = first.saturating_mul(1 << attempt.min(16)).min(most);
    let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(rand::rng().random_range(millis / 2..=millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_its_cap_and_no_further() {
        let (first, most) = (Duration::from_millis(100), Duration::from_secs(10));
        for attempt in [0, 1, 5, 16, 4_000_000_000] {
            assert!(backoff(attempt, first, most) <= most);
        }
        assert!(backoff(10, first, most) >= most / 2);
    }
}
