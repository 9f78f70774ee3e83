//! Brings in line what changed after it was migrated: embeddings with a later LastUpdated are migrated again, those that are
//! deleted lose their relations; and repair, which rewrites exactly the embeddings that the proof found wrong.
//!
//! Each embedding is one transaction that takes its old form back and writes the new one, so I1 to I3 hold at every commit.

use std::sync::Arc;

use serde_json::json;

use super::batch::Batch;
use super::retry::backoff;
use super::shared::Shared;
use super::write::{Claim, WriteFailure, Writer};
use super::{DecodedEmbedding, Outcome, Reader, SourceColumns, fold};
use crate::connect::{Connection, Failure, Purpose, RowExt, Sorting};
use crate::engine::{Event, Stop};
use crate::ids::{AtomEmbeddingId, AtomId};
use crate::tsql::{Statement, embedded};

const CHANGED: Statement = embedded!("validate/find_changed_embeddings.sql");
const GONE: Statement = embedded!("validate/find_progress_without_embedding.sql");
const DELETE_RELEASED: Statement = embedded!("phase2/delete_released_atoms.sql");

/// Embeddings that are looked for at once.
const PAGE: i32 = 100;
/// Number under which this writer's watermark is kept.
const NUMBER: usize = 1_000;

/// Is there an embedding that changed or went after it was migrated? Looks for the first of them only, and writes nothing.
///
/// # Errors
/// A failed statement.
pub async fn is_out_of_line(
    connection: &mut Connection,
    columns: &SourceColumns,
) -> Result<bool, Failure> {
    let changed = CHANGED.with(&columns.fills());
    let first = connection
        .rows(&changed, &[&i64::MIN, &i64::MAX, &1i32])
        .await?;
    if !first.is_empty() {
        return Ok(true);
    }
    Ok(!connection.rows(&GONE.sql(), &[&1i32]).await?.is_empty())
}

/// Finds changed and deleted embeddings and brings them in line, until there are none.
///
/// # Errors
/// A failed statement; a requested stop.
pub async fn bring_in_line(shared: &Arc<Shared>, outcome: &mut Outcome) -> Result<(), Stop> {
    let mut mender = Mender::open(shared).await?;
    let changed = CHANGED.with(&shared.columns.fills());
    let mut after = i64::MIN;
    loop {
        shared.check_stop()?;
        let rows = mender
            .connection
            .rows(&changed, &[&after, &i64::MAX, &PAGE])
            .await?;
        let ids = ids(&rows)?;
        let Some(last) = ids.last() else { break };
        after = last.0;
        outcome.renewed += mender.rewrite(&ids).await?;
    }
    let mut before = Vec::new();
    loop {
        shared.check_stop()?;
        let rows = mender.connection.rows(&GONE.sql(), &[&PAGE]).await?;
        let ids = ids(&rows)?;
        // One that cannot be removed stays, and the gate names it.
        if ids.is_empty() || ids == before {
            break;
        }
        match mender.writer.remove(&ids).await {
            Ok(()) => outcome.removed += ids.len() as u64,
            Err(failure) => return Err(stop(failure)),
        }
        before = ids;
    }
    mender.sweep().await
}

/// Rewrites these embeddings from the column, whatever their relations look like, then recounts atoms whose count is wrong.
///
/// # Errors
/// A failed statement; a requested stop.
pub async fn repair(shared: &Arc<Shared>, ids: &[AtomEmbeddingId]) -> Result<u64, Stop> {
    let mut mender = Mender::open(shared).await?;
    let mut rewritten = 0;
    for page in ids.chunks(PAGE as usize) {
        shared.check_stop()?;
        rewritten += mender.rewrite(page).await?;
    }
    mender.sweep().await?;
    mender.writer.recount().await.map_err(stop)?;
    mender.sweep().await?;
    Ok(rewritten)
}

impl Shared {
    fn check_stop(&self) -> Result<(), Stop> {
        if self.cancel.is_requested() {
            return Err(Stop::Requested {
                done: "changed embeddings are looked for again next time".to_owned(),
            });
        }
        Ok(())
    }
}

struct Mender<'a> {
    shared: &'a Shared,
    connection: Connection,
    reader: Reader,
    writer: Writer,
    released: Vec<AtomId>,
}

impl<'a> Mender<'a> {
    async fn open(shared: &'a Shared) -> Result<Self, Failure> {
        let timeout = shared.settings.lock_timeout;
        Ok(Self {
            connection: Connection::open(&shared.endpoint, Purpose::Control, timeout).await?,
            reader: Reader::open(&shared.endpoint, shared.columns.clone(), timeout).await?,
            writer: Writer::open(shared.writer_setup(NUMBER)).await?,
            released: Vec::new(),
            shared,
        })
    }

    async fn rewrite(&mut self, ids: &[AtomEmbeddingId]) -> Result<u64, Stop> {
        let batch = self.reader.named(ids).await?;
        self.report(&batch).await?;
        let mut rewritten = 0;
        for embedding in batch.embeddings {
            rewritten += self.replace(embedding).await?;
        }
        Ok(rewritten)
    }

    async fn report(&mut self, batch: &Batch) -> Result<(), Stop> {
        self.writer.record_rejected(&batch.rejected).await?;
        for one in &batch.rejected {
            self.shared.events.observe(&Event::EmbeddingFailed {
                id: one.id,
                reason: one.message.clone(),
            });
        }
        Ok(())
    }

    async fn replace(&mut self, embedding: DecodedEmbedding) -> Result<u64, Stop> {
        let mut attempt = 0;
        let mut embedding = embedding;
        loop {
            let result = self
                .writer
                .write(Claim::Replace, std::slice::from_ref(&embedding))
                .await;
            attempt += 1;
            let patient = attempt <= self.shared.settings.retries;
            match result {
                Ok(_) => {
                    self.released.extend(self.writer.take_released());
                    self.shared
                        .events
                        .observe(&Event::Renewed { id: embedding.id });
                    return Ok(1);
                }
                Err(WriteFailure::Rejected(rejected)) => {
                    let batch = Batch {
                        rejected,
                        ..Batch::default()
                    };
                    self.report(&batch).await?;
                    return Ok(0);
                }
                Err(WriteFailure::Changed(ids)) if patient => {
                    match self.reader.named(&ids).await?.embeddings.pop() {
                        Some(again) => embedding = again,
                        None => return Ok(0),
                    }
                }
                Err(WriteFailure::Contended(_)) if patient => {}
                Err(WriteFailure::NotCommitted(failure))
                    if patient && failure.sorting() == Sorting::Transient => {}
                // The same replacement again leads to the same state, committed or not.
                Err(WriteFailure::Unknown(failure) | WriteFailure::NotCommitted(failure))
                    if patient && failure.sorting() == Sorting::OutcomeUnknown =>
                {
                    tokio::time::sleep(backoff(attempt)).await;
                    self.writer.reconnect().await?;
                }
                Err(failure) => return Err(stop(failure)),
            }
        }
    }

    /// Folds, and removes the atoms that lost their last reference.
    async fn sweep(&mut self) -> Result<(), Stop> {
        self.released.extend(self.writer.take_released());
        fold::fold_all(&mut self.connection).await?;
        for page in self.released.chunks(5_000) {
            let list = json!(page).to_string();
            self.connection
                .rows(&DELETE_RELEASED.sql(), &[&list])
                .await?;
        }
        self.writer.forget_atoms();
        self.released.clear();
        Ok(())
    }
}

fn ids(rows: &[tiberius::Row]) -> Result<Vec<AtomEmbeddingId>, Failure> {
    rows.iter()
        .map(|row| row.integer("AtomEmbeddingId").map(AtomEmbeddingId))
        .collect()
}

fn stop(failure: WriteFailure) -> Stop {
    match failure {
        WriteFailure::NotCommitted(failure)
        | WriteFailure::Contended(failure)
        | WriteFailure::Unknown(failure) => failure.into(),
        WriteFailure::FenceLost | WriteFailure::LeaseLost => Stop::FenceLost,
        WriteFailure::Changed(ids) => still_changing(ids.first().copied()),
        WriteFailure::Rejected(rejected) => still_changing(rejected.first().map(|one| one.id)),
    }
}

fn still_changing(id: Option<AtomEmbeddingId>) -> Stop {
    Stop::Refused {
        what: format!(
            "AtomEmbeddingId {}",
            id.map(|id| id.to_string()).unwrap_or_default()
        ),
        cause: "it changed during every attempt to write it".to_owned(),
        next: "run `hartonomous migrate phase2` again".to_owned(),
    }
}
