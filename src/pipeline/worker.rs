//! One worker: takes batches from its reading half and writes them, and what it does about failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::ahead::{Ahead, read_ahead};
use super::batch::Batch;
use super::lease::{self, Lease};
use super::retry::backoff;
use super::shared::Shared;
use super::sizing::Sizing;
use super::steering::Admission;
use super::write::{Claim, WriteFailure, Writer, Written};
use super::{DecodedEmbedding, Outcome, Reader, Rejected};
use crate::connect::{Failure, Sorting};
use crate::engine::{BatchStages, Event, Lap, Stop};
use crate::ids::AtomEmbeddingId;

/// Messages that concern the rows of a batch; the batch is split until the offending embedding stands alone.
const DATA_ERRORS: &[u32] = &[
    220, 241, 245, 515, 547, 2601, 2627, 2628, 8114, 8115, 8152, 42204, 42211,
];

/// How long a full log is left alone before the batch is tried again.
const LOG_FULL_PAUSE: Duration = Duration::from_secs(5);

/// Why a worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No key range is left to take now.
    Exhausted,
    /// It was one too many.
    Left,
}

/// Ends the reading half when the worker ends, however it ends.
struct Reading(JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One worker and what it has done.
pub struct Worker {
    shared: Arc<Shared>,
    number: usize,
    writer: Writer,
    sizing: Sizing,
    components: Arc<AtomicUsize>,
    outcome: Outcome,
    /// How long the batch at hand was read and waited for; told with the first part of it that is committed.
    reading: BatchStages,
    /// Token and range that another writer has by now.
    lost: Option<Lease>,
}

/// Works until there is nothing to take, it is not needed, or the run stops.
///
/// # Errors
/// The first failure that is neither transient nor a single embedding's, and what was done before it; a requested stop.
pub async fn work(shared: Arc<Shared>, number: usize) -> (Outcome, Result<Ended, Stop>) {
    let mut worker = match Worker::open(shared, number).await {
        Ok(worker) => worker,
        Err(stop) => return (Outcome::default(), Err(stop)),
    };
    let result = worker.run().await;
    if !matches!(result, Ok(Ended::Exhausted)) {
        let ticket = worker.shared.ticket;
        // What cannot be given back lapses by itself.
        let _ = lease::release(worker.writer.connection(), ticket, Some(number)).await;
    }
    (worker.outcome, result)
}

impl Worker {
    async fn open(shared: Arc<Shared>, number: usize) -> Result<Self, Stop> {
        let started = Instant::now();
        let mut attempt = 0;
        let writer = loop {
            match Writer::open(shared.writer_setup(number)).await {
                Ok(writer) => break writer,
                Err(failure)
                    if failure.is_passing() && started.elapsed() < shared.settings.patience =>
                {
                    attempt += 1;
                    tokio::time::sleep(backoff(attempt)).await;
                }
                Err(failure) => return Err(failure.into()),
            }
        };
        let sizing = Sizing::new(shared.settings.size);
        Ok(Self {
            components: Arc::new(AtomicUsize::new(sizing.components())),
            sizing,
            writer,
            number,
            outcome: Outcome::default(),
            reading: BatchStages::default(),
            lost: None,
            shared,
        })
    }

    async fn run(&mut self) -> Result<Ended, Stop> {
        let (send, mut receive) = mpsc::channel(1);
        let _reading = Reading(tokio::spawn(read_ahead(
            self.shared.clone(),
            self.number,
            self.components.clone(),
            send,
        )));
        let cancel = self.shared.cancel.clone();
        let mut idle = Lap::start();
        loop {
            let next = tokio::select! {
                biased;
                () = cancel.requested() => return Err(self.stopped()),
                next = receive.recv() => next,
            };
            match next {
                None => return Ok(Ended::Exhausted),
                Some(Ahead::Failed(failure)) => return Err(failure.into()),
                Some(Ahead::RangeEnd(lease)) => {
                    let ticket = self.shared.ticket;
                    if let Err(failure) = lease::end(self.writer.connection(), ticket, &lease).await
                    {
                        // The lease lapses, and whoever takes the range finds nothing left in it.
                        tracing::debug!(%failure, "ending a key range");
                    }
                }
                Some(Ahead::Batch(lease, batch)) => {
                    if let Some(ended) = self.handle(lease, batch, &mut idle).await? {
                        return Ok(ended);
                    }
                    self.shared.begun.send_replace(true);
                    idle.lap();
                }
            }
        }
    }

    fn stopped(&self) -> Stop {
        Stop::Requested {
            done: format!("{} embeddings migrated", self.outcome.embeddings),
        }
    }

    /// `idle`: since the batch before was written.
    async fn handle(
        &mut self,
        lease: Lease,
        batch: Batch,
        idle: &mut Lap,
    ) -> Result<Option<Ended>, Stop> {
        if self.lost == Some(lease) {
            return Ok(None);
        }
        let cancel = self.shared.cancel.clone();
        let shared = self.shared.clone();
        match shared
            .steering
            .admit(self.number, batch.embeddings.len(), &cancel)
            .await
        {
            Admission::Go => {}
            Admission::Leave => return Ok(Some(Ended::Left)),
            Admission::Stop => return Err(self.stopped()),
        }
        self.outcome.resolved += batch.resolved;
        self.reading = BatchStages {
            wait: idle.lap(),
            ..batch.stages
        };
        self.reject(&batch.rejected).await?;
        // Halves of a failed batch wait here, the first half on top.
        let mut waiting = vec![batch.embeddings];
        while let Some(embeddings) = waiting.pop() {
            if embeddings.is_empty() {
                continue;
            }
            self.write_or_split(&lease, embeddings, &mut waiting)
                .await?;
        }
        Ok(None)
    }

    async fn write_or_split(
        &mut self,
        lease: &Lease,
        embeddings: Vec<DecodedEmbedding>,
        waiting: &mut Vec<Vec<DecodedEmbedding>>,
    ) -> Result<(), Stop> {
        let started = Instant::now();
        match self.write(lease, &embeddings).await? {
            Ok(written) => self.committed(&embeddings, written, started.elapsed()),
            Err(WriteFailure::Rejected(rejected)) => {
                self.reject(&rejected).await?;
                let bad = |id| rejected.iter().any(|one| one.id == id);
                waiting.push(embeddings.into_iter().filter(|e| !bad(e.id)).collect());
            }
            Err(WriteFailure::Changed(ids)) => {
                let again = self.read_again(&ids).await?;
                self.reject(&again.rejected).await?;
                let mut fresh: Vec<_> = embeddings
                    .into_iter()
                    .filter(|embedding| !ids.contains(&embedding.id))
                    .chain(again.embeddings)
                    .collect();
                fresh.sort_by_key(|embedding| embedding.id);
                waiting.push(fresh);
            }
            Err(WriteFailure::NotCommitted(failure)) if is_about_data(&failure) => {
                self.writer.forget_atoms();
                if let [only] = embeddings.as_slice() {
                    let rejected = Rejected {
                        id: only.id,
                        reason: "server",
                        message: failure.to_string(),
                        error_number: failure.number().and_then(|n| i32::try_from(n).ok()),
                    };
                    return self.reject(&[rejected]).await;
                }
                let mut first = embeddings;
                let second = first.split_off(first.len() / 2);
                waiting.push(second);
                waiting.push(first);
            }
            Err(WriteFailure::LeaseLost) => {
                self.lost = Some(*lease);
                waiting.clear();
                self.shared.events.observe(&Event::Warning {
                    text: format!(
                        "key range {} to {} was taken over by another writer: its lease had run out",
                        lease.after, lease.last
                    ),
                });
            }
            Err(
                WriteFailure::NotCommitted(failure)
                | WriteFailure::Contended(failure)
                | WriteFailure::Unknown(failure),
            ) => return Err(failure.into()),
            Err(WriteFailure::FenceLost) => return Err(Stop::FenceLost),
        }
        Ok(())
    }

    /// Writes a batch, trying again what is known to be transient and looking after a commit of unknown outcome.
    async fn write(
        &mut self,
        lease: &Lease,
        embeddings: &[DecodedEmbedding],
    ) -> Result<Result<Written, WriteFailure>, Stop> {
        let mut attempt = 0;
        loop {
            let cancel = self.shared.cancel.clone();
            let claim = Claim::Range(lease, self.shared.settings.lease);
            let result = tokio::select! {
                biased;
                // Dropping the transaction midway loses the connection, and XACT_ABORT rolls it back.
                () = cancel.immediate() => return Err(Stop::Requested {
                    done: "the batch under way was rolled back".to_owned(),
                }),
                result = self.writer.write(claim, embeddings) => result,
            };
            let (failure, sorting) = match result {
                Err(WriteFailure::Unknown(failure)) => (failure, Sorting::OutcomeUnknown),
                Err(WriteFailure::Contended(failure)) => (failure, Sorting::Transient),
                Err(WriteFailure::NotCommitted(failure)) => {
                    let sorting = failure.sorting();
                    (failure, sorting)
                }
                other => return Ok(other),
            };
            match sorting {
                Sorting::Refused => return Ok(Err(WriteFailure::NotCommitted(failure))),
                Sorting::LogFull => self.wait_for_log(&failure).await?,
                Sorting::Transient => {
                    attempt += 1;
                    if attempt > self.shared.settings.retries {
                        return Ok(Err(WriteFailure::NotCommitted(failure)));
                    }
                    self.retrying(attempt, &failure);
                    tokio::time::sleep(backoff(attempt)).await;
                }
                Sorting::OutcomeUnknown => {
                    self.come_back(failure).await?;
                    if self.was_committed(embeddings).await? {
                        return Ok(Ok(counted(embeddings)));
                    }
                }
            }
        }
    }

    /// The server may still be at the lost commit: until it has come to an end its rows are locked.
    async fn was_committed(&mut self, embeddings: &[DecodedEmbedding]) -> Result<bool, Stop> {
        let mut attempt = 0;
        loop {
            let failure = match self.writer.was_committed(embeddings).await {
                Err(Stop::Failure(failure))
                    if failure.is_passing() && attempt < self.shared.settings.retries =>
                {
                    failure
                }
                other => return other,
            };
            attempt += 1;
            self.retrying(attempt, &failure);
            tokio::time::sleep(backoff(attempt)).await;
            if failure.sorting() == Sorting::OutcomeUnknown {
                self.come_back(failure).await?;
            }
        }
    }

    fn retrying(&self, attempt: u32, failure: &Failure) {
        self.shared.events.observe(&Event::Retrying {
            attempt,
            cause: failure.to_string(),
        });
    }

    /// Nothing goes on while the log is full: everybody waits, and says so until somebody makes room.
    async fn wait_for_log(&mut self, failure: &Failure) -> Result<(), Stop> {
        let cancel = self.shared.cancel.clone();
        self.shared.events.observe(&Event::LogFull {
            cause: failure.to_string(),
        });
        self.shared.steering.set_log_full(true);
        let stopped = tokio::select! {
            () = cancel.requested() => true,
            () = tokio::time::sleep(LOG_FULL_PAUSE) => false,
        };
        self.shared.steering.set_log_full(false);
        if stopped {
            return Err(self.stopped());
        }
        match self.shared.steering.admit(self.number, 0, &cancel).await {
            Admission::Stop => Err(self.stopped()),
            Admission::Go | Admission::Leave => Ok(()),
        }
    }

    /// A server that restarts or fails over refuses connections for a while: that too is tried again, for as long as patience
    /// lasts.
    async fn come_back(&mut self, failure: Failure) -> Result<(), Stop> {
        let started = Instant::now();
        let mut attempt = 0;
        let mut failure = failure;
        let cancel = self.shared.cancel.clone();
        loop {
            attempt += 1;
            self.retrying(attempt, &failure);
            tokio::select! {
                () = cancel.immediate() => return Err(self.stopped()),
                () = tokio::time::sleep(backoff(attempt)) => {}
            }
            match self.writer.reconnect().await {
                Ok(()) => return Ok(()),
                Err(again) => failure = again,
            }
            if started.elapsed() > self.shared.settings.patience || !failure.is_passing() {
                return Err(failure.into());
            }
        }
    }

    async fn read_again(&self, ids: &[AtomEmbeddingId]) -> Result<Batch, Stop> {
        let mut reader = Reader::open(
            &self.shared.endpoint,
            self.shared.columns.clone(),
            self.shared.settings.lock_timeout,
        )
        .await?;
        Ok(reader.named(ids).await?)
    }

    fn committed(&mut self, embeddings: &[DecodedEmbedding], written: Written, took: Duration) {
        self.outcome.embeddings += written.embeddings;
        self.outcome.relations += written.relations;
        self.outcome.atoms += written.atoms;
        let relations = usize::try_from(written.relations).unwrap_or(usize::MAX);
        self.sizing.committed(relations, took);
        self.components
            .store(self.sizing.components(), Ordering::Relaxed);
        self.shared
            .steering
            .record_commit(self.writer.stages().commit);
        let reading = std::mem::take(&mut self.reading);
        if let Some(last) = embeddings.last() {
            self.shared.events.observe(&Event::BatchCommitted {
                writer: self.number,
                embeddings: written.embeddings,
                relations: written.relations,
                atoms: written.atoms,
                last_id: last.id,
                took,
                stages: BatchStages {
                    read: reading.read,
                    decode: reading.decode,
                    resolve: reading.resolve,
                    wait: reading.wait,
                    ..self.writer.stages()
                },
            });
        }
    }

    async fn reject(&mut self, rejected: &[Rejected]) -> Result<(), Stop> {
        if rejected.is_empty() {
            return Ok(());
        }
        if let Err(failure) = self.writer.record_rejected(rejected).await {
            if failure.sorting() != Sorting::OutcomeUnknown {
                return Err(failure.into());
            }
            self.come_back(failure).await?;
            self.writer.record_rejected(rejected).await?;
        }
        self.outcome.rejected += rejected.len() as u64;
        for one in rejected {
            self.shared.events.observe(&Event::EmbeddingFailed {
                id: one.id,
                reason: one.message.clone(),
            });
        }
        Ok(())
    }
}

fn counted(embeddings: &[DecodedEmbedding]) -> Written {
    Written {
        embeddings: embeddings.len() as u64,
        relations: embeddings.iter().map(|e| e.values.len() as u64).sum(),
        atoms: 0,
    }
}

fn is_about_data(failure: &Failure) -> bool {
    failure
        .number()
        .is_some_and(|number| DATA_ERRORS.contains(&number))
}
