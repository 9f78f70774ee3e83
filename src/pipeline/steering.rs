//! What the writers of this process may do at this moment: go on, wait, or leave. The monitor writes it, the writers read it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::Cancel;

/// COMMITs whose duration is remembered.
const COMMITS: usize = 10;

/// The orders of the moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Orders {
    /// Why nobody may write; empty: everybody may.
    pub held_by: Vec<String>,
    /// Somebody asked to pause.
    pub paused: bool,
    /// Writers of this process that may work.
    pub workers: usize,
    /// Embeddings per second of this process.
    pub rate: Option<f64>,
}

/// What a writer does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Go,
    /// It is one too many now: give the key range back.
    Leave,
    /// The run stops.
    Stop,
}

/// Shared by the monitor and the writers of a process.
#[derive(Debug)]
pub struct Steering {
    orders: watch::Sender<Orders>,
    /// The log was full (9002) when a writer tried.
    log_full: watch::Sender<bool>,
    /// When the next embedding may be written under a rate limit.
    next: Mutex<Option<Instant>>,
    commits: Mutex<VecDeque<Duration>>,
    waiting: watch::Sender<usize>,
}

impl Steering {
    pub fn new(workers: usize) -> Self {
        Self {
            orders: watch::Sender::new(Orders {
                // Nothing has been read yet, so nobody may write.
                held_by: vec!["the first reading of the signals".to_owned()],
                paused: false,
                workers,
                rate: None,
            }),
            log_full: watch::Sender::new(false),
            next: Mutex::new(None),
            commits: Mutex::new(VecDeque::with_capacity(COMMITS)),
            waiting: watch::Sender::new(0),
        }
    }

    /// The monitor's word. True if it differs from the last.
    pub fn order(&self, orders: Orders) -> bool {
        self.orders.send_if_modified(|current| {
            let differs = *current != orders;
            *current = orders;
            differs
        })
    }

    pub fn orders(&self) -> Orders {
        self.orders.borrow().clone()
    }

    /// Waits until the orders change.
    pub async fn changed(&self) {
        let mut receive = self.orders.subscribe();
        receive.mark_unchanged();
        let _ = receive.changed().await;
    }

    pub fn set_log_full(&self, full: bool) {
        self.log_full.send_replace(full);
    }

    pub fn is_log_full(&self) -> bool {
        *self.log_full.borrow()
    }

    /// Writers that are waiting now.
    pub fn waiting(&self) -> usize {
        *self.waiting.borrow()
    }

    pub fn record_commit(&self, took: Duration) {
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        if commits.len() == COMMITS {
            commits.pop_front();
        }
        commits.push_back(took);
    }

    /// The median of the last COMMITs. Asking while everybody waits makes it forget them, or a held run would never go on.
    pub fn commit_median(&self) -> Option<Duration> {
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<Duration> = commits.iter().copied().collect();
        sorted.sort_unstable();
        let median = sorted.get(sorted.len() / 2).copied();
        if self.waiting() > 0 {
            commits.clear();
        }
        median
    }

    /// Waits until writer number `writer` (from 0) may write a batch of so many embeddings.
    pub async fn admit(&self, writer: usize, embeddings: usize, cancel: &Cancel) -> Admission {
        let mut orders = self.orders.subscribe();
        let mut log_full = self.log_full.subscribe();
        let _waiting = Waiting::new(&self.waiting);
        loop {
            if cancel.is_requested() {
                return Admission::Stop;
            }
            let now = orders.borrow_and_update().clone();
            if writer >= now.workers {
                return Admission::Leave;
            }
            let held = !now.held_by.is_empty() || now.paused || *log_full.borrow_and_update();
            if !held {
                match self.reserve(now.rate, embeddings) {
                    None => return Admission::Go,
                    Some(until) => {
                        tokio::select! {
                            () = cancel.requested() => return Admission::Stop,
                            _ = orders.changed() => {}
                            () = tokio::time::sleep_until(until) => return Admission::Go,
                        }
                        continue;
                    }
                }
            }
            tokio::select! {
                () = cancel.requested() => return Admission::Stop,
                _ = orders.changed() => {}
                _ = log_full.changed() => {}
            }
        }
    }

    /// Takes the batch's share of the rate: None when it may be written now, else when.
    fn reserve(&self, rate: Option<f64>, embeddings: usize) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rate) = rate.filter(|rate| *rate > 0.0) else {
            *next = None;
            return None;
        };
        let now = Instant::now();
        let start = next.map_or(now, |next| next.max(now));
        *next = Some(start + Duration::from_secs_f64(embeddings as f64 / rate));
        (start > now).then_some(start)
    }
}

/// Counts a waiting writer for as long as it lives.
struct Waiting<'a>(&'a watch::Sender<usize>);

impl<'a> Waiting<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(held_by: &[&str], workers: usize, rate: Option<f64>) -> Orders {
        Orders {
            held_by: held_by.iter().map(|&one| one.to_owned()).collect(),
            paused: false,
            workers,
            rate,
        }
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
    }

    #[test]
    fn nobody_writes_before_the_first_reading_and_everybody_after() {
        runtime().block_on(async {
            let steering = Steering::new(2);
            let cancel = Cancel::default();
            let mut admitted = std::pin::pin!(steering.admit(0, 1, &cancel));
            assert!(futures_util::poll!(&mut admitted).is_pending());
            assert_eq!(steering.waiting(), 1);
            steering.order(orders(&[], 2, None));
            assert_eq!(admitted.await, Admission::Go);
            assert_eq!(steering.waiting(), 0);
        });
    }

    #[test]
    fn a_writer_too_many_leaves_and_a_stop_ends_the_wait() {
        runtime().block_on(async {
            let steering = Steering::new(2);
            let cancel = Cancel::default();
            steering.order(orders(&[], 1, None));
            assert_eq!(steering.admit(1, 1, &cancel).await, Admission::Leave);
            assert_eq!(steering.admit(0, 1, &cancel).await, Admission::Go);
            steering.order(orders(&["log"], 1, None));
            let mut admitted = std::pin::pin!(steering.admit(0, 1, &cancel));
            assert!(futures_util::poll!(&mut admitted).is_pending());
            cancel.request();
            assert_eq!(admitted.await, Admission::Stop);
        });
    }

    #[test]
    fn a_full_log_holds_until_it_is_not() {
        runtime().block_on(async {
            let steering = Steering::new(1);
            let cancel = Cancel::default();
            steering.order(orders(&[], 1, None));
            steering.set_log_full(true);
            let mut admitted = std::pin::pin!(steering.admit(0, 1, &cancel));
            assert!(futures_util::poll!(&mut admitted).is_pending());
            steering.set_log_full(false);
            assert_eq!(admitted.await, Admission::Go);
        });
    }

    #[test]
    fn a_rate_spaces_batches_by_their_size() {
        let steering = Steering::new(1);
        assert_eq!(steering.reserve(Some(10.0), 20), None);
        let first = steering.reserve(Some(10.0), 5).unwrap();
        let second = steering.reserve(Some(10.0), 5).unwrap();
        assert_eq!(second - first, Duration::from_millis(500));
        assert_eq!(steering.reserve(None, 5), None);
    }

    #[test]
    fn slow_commits_are_forgotten_once_they_have_held_the_writers() {
        runtime().block_on(async {
            let steering = Steering::new(1);
            steering.record_commit(Duration::from_secs(9));
            assert_eq!(steering.commit_median(), Some(Duration::from_secs(9)));
            let cancel = Cancel::default();
            let mut admitted = std::pin::pin!(steering.admit(0, 1, &cancel));
            assert!(futures_util::poll!(&mut admitted).is_pending());
            assert_eq!(steering.commit_median(), Some(Duration::from_secs(9)));
            assert_eq!(steering.commit_median(), None);
        });
    }
}
