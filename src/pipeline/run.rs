//! The loop that moves embeddings from the reader to the writer until none is left, and what it does about failures.

use std::time::{Duration, Instant};

use rand::RngExt as _;
use tokio::sync::mpsc;

use super::batch::Batch;
use super::write::{Ticket, WriteFailure, Writer, Written};
use super::{DecodedEmbedding, Reader, Rejected, SourceColumns};
use crate::connect::{Endpoint, Failure, Sorting};
use crate::engine::{Cancel, Event, Observer, Stop};
use crate::ids::AtomEmbeddingId;

/// How the pipeline works.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// A batch holds about so many components, and at least one embedding.
    pub batch_components: usize,
    pub lock_timeout: Duration,
    /// Retries of a transient failure before the run stops.
    pub retries: u32,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub embeddings: u64,
    pub relations: u64,
    pub atoms: u64,
    pub rejected: u64,
    pub resolved: u64,
}

/// Messages that concern the rows of a batch; the batch is split until the offending embedding stands alone.
const DATA_ERRORS: &[u32] = &[
    220, 241, 245, 515, 547, 2601, 2627, 2628, 8114, 8115, 8152, 42204, 42211,
];

/// Everything the loop needs to know.
pub struct Job<'a> {
    pub endpoint: &'a Endpoint,
    pub columns: SourceColumns,
    pub has_last_updated: bool,
    pub ticket: Ticket,
    pub settings: Settings,
    pub events: &'a dyn Observer,
    pub cancel: &'a Cancel,
}

/// Migrates every embedding that has a vector and no progress row.
///
/// # Errors
/// The first failure that is neither transient nor a single embedding's; a requested stop.
#[allow(clippy::too_many_arguments)]
pub async fn run(
    endpoint: &Endpoint,
    columns: SourceColumns,
    has_last_updated: bool,
    ticket: (crate::ids::RunId, crate::state::FencingNumber),
    settings: Settings,
    events: &dyn Observer,
    cancel: &Cancel,
) -> Result<Outcome, Stop> {
    let job = Job {
        endpoint,
        columns,
        has_last_updated,
        ticket: Ticket {
            run: ticket.0,
            fence: ticket.1,
        },
        settings,
        events,
        cancel,
    };
    job.run().await
}

impl Job<'_> {
    async fn run(&self) -> Result<Outcome, Stop> {
        let (send, mut receive) = mpsc::channel::<Result<Batch, Failure>>(1);
        let reading = tokio::spawn(read_ahead(
            self.endpoint.clone(),
            self.columns.clone(),
            self.settings,
            send,
        ));
        let mut writer = self.open_writer().await?;
        let mut outcome = Outcome::default();
        let result = loop {
            let next = tokio::select! {
                biased;
                () = self.cancel.requested() => break Err(self.stopped(&outcome)),
                next = receive.recv() => next,
            };
            match next {
                None => break Ok(()),
                Some(Err(failure)) => break Err(failure.into()),
                Some(Ok(batch)) => {
                    if let Err(stop) = self.handle(&mut writer, batch, &mut outcome).await {
                        break Err(stop);
                    }
                }
            }
        };
        reading.abort();
        result.map(|()| outcome)
    }

    fn stopped(&self, outcome: &Outcome) -> Stop {
        Stop::Requested {
            done: format!("{} embeddings migrated in this run", outcome.embeddings),
        }
    }

    async fn open_writer(&self) -> Result<Writer, Failure> {
        Writer::open(
            self.endpoint,
            self.ticket,
            self.has_last_updated,
            self.settings.lock_timeout,
        )
        .await
    }

    async fn handle(
        &self,
        writer: &mut Writer,
        batch: Batch,
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        outcome.resolved += batch.resolved;
        self.reject(writer, &batch.rejected, outcome).await?;
        // Halves of a failed batch wait here, the first half on top.
        let mut waiting = vec![batch.embeddings];
        while let Some(embeddings) = waiting.pop() {
            if embeddings.is_empty() {
                continue;
            }
            self.write_or_split(writer, embeddings, &mut waiting, outcome)
                .await?;
        }
        Ok(())
    }

    async fn write_or_split(
        &self,
        writer: &mut Writer,
        embeddings: Vec<DecodedEmbedding>,
        waiting: &mut Vec<Vec<DecodedEmbedding>>,
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        let started = Instant::now();
        match self.write(writer, &embeddings).await? {
            Ok(written) => {
                self.committed(&embeddings, written, started.elapsed(), outcome);
                Ok(())
            }
            Err(WriteFailure::Rejected(rejected)) => {
                self.reject(writer, &rejected, outcome).await?;
                let bad = |id| rejected.iter().any(|one| one.id == id);
                waiting.push(embeddings.into_iter().filter(|e| !bad(e.id)).collect());
                Ok(())
            }
            Err(WriteFailure::Changed(ids)) => {
                let again = self.read_again(&ids).await?;
                self.reject(writer, &again.rejected, outcome).await?;
                let mut fresh: Vec<_> = embeddings
                    .into_iter()
                    .filter(|embedding| !ids.contains(&embedding.id))
                    .chain(again.embeddings)
                    .collect();
                fresh.sort_by_key(|embedding| embedding.id);
                waiting.push(fresh);
                Ok(())
            }
            Err(WriteFailure::NotCommitted(failure)) if is_about_data(&failure) => {
                writer.forget_atoms();
                if let [only] = embeddings.as_slice() {
                    let rejected = Rejected {
                        id: only.id,
                        reason: "server",
                        message: failure.to_string(),
                        error_number: failure.number().and_then(|n| i32::try_from(n).ok()),
                    };
                    return self.reject(writer, &[rejected], outcome).await;
                }
                let mut first = embeddings;
                let second = first.split_off(first.len() / 2);
                waiting.push(second);
                waiting.push(first);
                Ok(())
            }
            Err(WriteFailure::NotCommitted(failure) | WriteFailure::Unknown(failure)) => {
                Err(failure.into())
            }
            Err(WriteFailure::FenceLost) => Err(Stop::FenceLost),
        }
    }

    /// Writes a batch, trying again what is known to be transient and looking after a commit of unknown outcome.
    async fn write(
        &self,
        writer: &mut Writer,
        embeddings: &[DecodedEmbedding],
    ) -> Result<Result<Written, WriteFailure>, Stop> {
        let mut attempt = 0;
        loop {
            let result = tokio::select! {
                biased;
                // Dropping the transaction midway loses the connection, and XACT_ABORT rolls it back.
                () = self.cancel.immediate() => return Err(Stop::Requested {
                    done: "the batch under way was rolled back".to_owned(),
                }),
                result = writer.write(embeddings) => result,
            };
            let (failure, unknown) = match result {
                Err(WriteFailure::Unknown(failure)) => (failure, true),
                Err(WriteFailure::NotCommitted(failure)) => (failure, false),
                other => return Ok(other),
            };
            let sorting = failure.sorting();
            if sorting == Sorting::Refused
                || sorting == Sorting::LogFull
                || attempt >= self.settings.retries
            {
                return Ok(Err(WriteFailure::NotCommitted(failure)));
            }
            attempt += 1;
            self.events.observe(&Event::Retrying {
                attempt,
                cause: failure.to_string(),
            });
            tokio::time::sleep(backoff(attempt)).await;
            if sorting == Sorting::OutcomeUnknown || unknown {
                // A server that restarts refuses connections for a while: that too is tried again.
                if let Err(failure) = writer.reconnect().await {
                    if attempt >= self.settings.retries {
                        return Ok(Err(WriteFailure::NotCommitted(failure)));
                    }
                    continue;
                }
                if writer.was_committed(embeddings).await? {
                    return Ok(Ok(counted(embeddings)));
                }
            }
        }
    }

    async fn read_again(&self, ids: &[AtomEmbeddingId]) -> Result<Batch, Stop> {
        let mut reader = Reader::open(
            self.endpoint,
            self.columns.clone(),
            self.settings.lock_timeout,
        )
        .await?;
        Ok(reader.named(ids).await?)
    }

    fn committed(
        &self,
        embeddings: &[DecodedEmbedding],
        written: Written,
        took: Duration,
        outcome: &mut Outcome,
    ) {
        outcome.embeddings += written.embeddings;
        outcome.relations += written.relations;
        outcome.atoms += written.atoms;
        if let Some(last) = embeddings.last() {
            self.events.observe(&Event::BatchCommitted {
                embeddings: written.embeddings,
                relations: written.relations,
                atoms: written.atoms,
                last_id: last.id,
                took,
            });
        }
    }

    async fn reject(
        &self,
        writer: &mut Writer,
        rejected: &[Rejected],
        outcome: &mut Outcome,
    ) -> Result<(), Stop> {
        writer.record_rejected(rejected).await?;
        outcome.rejected += rejected.len() as u64;
        for one in rejected {
            self.events.observe(&Event::EmbeddingFailed {
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

/// Exponential from 100 ms to 10 s, with full jitter.
fn backoff(attempt: u32) -> Duration {
    let ceiling = 100u64.saturating_mul(1 << attempt.min(10)).min(10_000);
    Duration::from_millis(rand::rng().random_range(ceiling / 2..=ceiling))
}

/// Reads batch after batch into the channel, one ahead of the writer. A failure ends it; what is known to pass is tried
/// again on a new connection.
async fn read_ahead(
    endpoint: Endpoint,
    columns: SourceColumns,
    settings: Settings,
    send: mpsc::Sender<Result<Batch, Failure>>,
) {
    let mut after = AtomEmbeddingId(i64::MIN);
    let mut attempt = 0;
    loop {
        let failure = match read_from(&endpoint, &columns, settings, &send, &mut after).await {
            Ok(()) => return,
            Err(failure) => failure,
        };
        attempt += 1;
        let passing = matches!(
            failure.sorting(),
            Sorting::Transient | Sorting::OutcomeUnknown
        );
        if !passing || attempt > settings.retries {
            let _ = send.send(Err(failure)).await;
            return;
        }
        tokio::time::sleep(backoff(attempt)).await;
    }
}

/// Reads until nothing is left above `after`, which moves with what was sent. A closed channel ends it too.
async fn read_from(
    endpoint: &Endpoint,
    columns: &SourceColumns,
    settings: Settings,
    send: &mpsc::Sender<Result<Batch, Failure>>,
    after: &mut AtomEmbeddingId,
) -> Result<(), Failure> {
    let mut reader = Reader::open(endpoint, columns.clone(), settings.lock_timeout).await?;
    // The first batch is small: it tells how many components an embedding has.
    let mut count = 4;
    loop {
        let batch = reader
            .next(*after, AtomEmbeddingId(i64::MAX), count)
            .await?;
        let Some(last) = batch.last_id else {
            return Ok(());
        };
        let components: usize = batch.embeddings.iter().map(|e| e.values.len()).sum();
        if let Some(each) = components.checked_div(batch.embeddings.len()) {
            count = (settings.batch_components / each.max(1)).max(1);
        }
        if send.send(Ok(batch)).await.is_err() {
            return Ok(());
        }
        *after = last;
    }
}
