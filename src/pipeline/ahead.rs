//! The reading half of a worker: leases key ranges and reads them batch by batch, one batch ahead of the writing half.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::batch::Batch;
use super::lease::{self, Lease};
use super::retry::backoff;
use super::shared::Shared;
use super::{Reader, write::Ticket};
use crate::connect::{Failure, Sorting};
use crate::engine::Event;

/// How long a full log is left alone before a range is asked for again.
const LOG_FULL_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

/// What the reading half hands over, in order.
#[derive(Debug)]
pub enum Ahead {
    Batch(Lease, Batch),
    /// Every embedding of the range has been handed over.
    RangeEnd(Lease),
    Failed(Failure),
}

/// Where the reading half is.
#[derive(Debug, Default)]
struct Place {
    lease: Option<Lease>,
    /// Ids up to here have been handed over.
    after: Option<crate::ids::AtomEmbeddingId>,
}

/// Reads until no range is left to take, or the receiver is gone. `components`: the size of the next batch.
pub async fn read_ahead(
    shared: Arc<Shared>,
    writer: usize,
    components: Arc<AtomicUsize>,
    send: mpsc::Sender<Ahead>,
) {
    let mut place = Place::default();
    let mut attempt = 0;
    let started = tokio::time::Instant::now();
    let mut lost_since = started;
    loop {
        let before = (place.lease, place.after);
        let failure = match read_on(&shared, writer, &components, &send, &mut place).await {
            Ok(()) => return,
            Err(failure) => failure,
        };
        if before != (place.lease, place.after) {
            attempt = 0;
            lost_since = tokio::time::Instant::now();
        }
        attempt += 1;
        if failure.sorting() == Sorting::LogFull {
            // Leasing writes a row: that waits for room as batches do.
            shared.events.observe(&Event::LogFull {
                cause: failure.to_string(),
            });
            tokio::time::sleep(LOG_FULL_PAUSE).await;
            continue;
        }
        let patient = match failure.sorting() {
            Sorting::Transient => attempt <= shared.settings.retries,
            Sorting::OutcomeUnknown => lost_since.elapsed() <= shared.settings.patience,
            Sorting::Refused | Sorting::LogFull => false,
        };
        if !patient {
            let _ = send.send(Ahead::Failed(failure)).await;
            return;
        }
        tokio::time::sleep(backoff(attempt)).await;
    }
}

async fn read_on(
    shared: &Shared,
    writer: usize,
    components: &AtomicUsize,
    send: &mpsc::Sender<Ahead>,
    place: &mut Place,
) -> Result<(), Failure> {
    let ticket: Ticket = shared.ticket;
    let settings = &shared.settings;
    let mut reader = Reader::open(
        &shared.endpoint,
        shared.columns.clone(),
        settings.lock_timeout,
    )
    .await?;
    // The first batch is small: it tells how many components an embedding has.
    let mut each = components.load(Ordering::Relaxed).div_ceil(4).max(1);
    loop {
        let lease = match place.lease {
            Some(lease) => lease,
            None => {
                let taken = lease::take(
                    reader.connection(),
                    ticket,
                    writer,
                    settings.lease,
                    shared.range,
                )
                .await?;
                let Some(lease) = taken else {
                    return Ok(());
                };
                if lease.takeover {
                    shared.events.observe(&Event::RangeTakenOver {
                        after_id: lease.after,
                        last_id: lease.last,
                    });
                }
                place.lease = Some(lease);
                place.after = Some(lease.after);
                lease
            }
        };
        let count = (components.load(Ordering::Relaxed) / each).max(1);
        let after = place.after.unwrap_or(lease.after);
        let batch = reader.next(after, lease.last, count).await?;
        let Some(last) = batch.last_id else {
            if send.send(Ahead::RangeEnd(lease)).await.is_err() {
                return Ok(());
            }
            *place = Place::default();
            continue;
        };
        let read: usize = batch.embeddings.iter().map(|e| e.values.len()).sum();
        if let Some(mean) = read.checked_div(batch.embeddings.len()) {
            each = mean.max(1);
        }
        if send.send(Ahead::Batch(lease, batch)).await.is_err() {
            return Ok(());
        }
        place.after = Some(last);
    }
}
