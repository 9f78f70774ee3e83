//! What the writer asks and records outside of a batch's transaction.

use serde_json::json;

use super::DecodedEmbedding;
use super::Rejected;
use super::write::Writer;
use crate::connect::Failure;
use crate::engine::Stop;
use crate::ids::AtomEmbeddingId;
use crate::tsql::{Statement, embedded};

const OUTCOME: Statement = embedded!("phase2/select_batch_outcome.sql");
const RECORD_FAILED: Statement = embedded!("phase2/record_failed_embedding.sql");

impl Writer {
    /// After a lost commit, on a new connection: is the batch in the database?
    ///
    /// # Errors
    /// A failed statement; a part of the batch, which cannot be.
    pub async fn was_committed(&mut self, embeddings: &[DecodedEmbedding]) -> Result<bool, Stop> {
        let ids: Vec<AtomEmbeddingId> = embeddings.iter().map(|embedding| embedding.id).collect();
        let rows = self
            .connection
            .rows(
                &OUTCOME.sql(),
                &[&json!(ids).to_string(), &self.setup.ticket.run.0],
            )
            .await?;
        match rows.len() {
            0 => Ok(false),
            n if n == ids.len() => Ok(true),
            n => Err(Stop::Refused {
                what: "the batch whose commit was interrupted".to_owned(),
                cause: format!("{n} of {} progress rows are there", ids.len()),
                next: "a batch commits whole or not at all: somebody else wrote progress rows; run `hartonomous validate phase2`"
                    .to_owned(),
            }),
        }
    }

    /// Records embeddings that are not migrated.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn record_rejected(&mut self, rejected: &[Rejected]) -> Result<(), Failure> {
        for one in rejected {
            let message: String = one.message.chars().take(4000).collect();
            self.connection
                .rows(
                    &RECORD_FAILED.sql(),
                    &[
                        &one.id.0,
                        &self.setup.ticket.run.0,
                        &one.reason,
                        &one.error_number,
                        &message,
                    ],
                )
                .await?;
        }
        Ok(())
    }
}
