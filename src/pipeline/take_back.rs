//! What the writer undoes: embeddings that are replaced or deleted, and reference counts that are wrong.

use serde_json::json;

use super::write::{Claim, WriteFailure, Writer};
use crate::connect::RowExt;
use crate::ids::{AtomEmbeddingId, AtomId};
use crate::tsql::{Statement, embedded};

const TAKE_BACK: Statement = embedded!("phase2/take_back.sql");
const RECOUNT: Statement = embedded!("phase2/recount_wrong_atoms.sql");

impl Writer {
    /// Takes embeddings back that are deleted: their relations and progress rows go in one transaction.
    ///
    /// # Errors
    /// See `WriteFailure`.
    pub async fn remove(&mut self, ids: &[AtomEmbeddingId]) -> Result<(), WriteFailure> {
        let result = async {
            self.connection.begin().await?;
            self.check(Claim::Replace).await?;
            self.take_back(ids).await
        };
        match result.await {
            Ok(released) => {
                self.connection.commit().await?;
                self.released.extend(released);
                Ok(())
            }
            Err(failure) => {
                self.roll_back().await;
                Err(failure)
            }
        }
    }

    /// Sets every wrong reference count right; with no other writer at work, and nothing left to fold.
    ///
    /// # Errors
    /// See `WriteFailure`.
    pub async fn recount(&mut self) -> Result<(), WriteFailure> {
        let result = async {
            self.connection.begin().await?;
            self.check(Claim::Replace).await?;
            self.connection.batch(&RECOUNT.sql()).await?;
            Ok(())
        };
        match result.await {
            Ok(()) => Ok(self.connection.commit().await?),
            Err(failure) => {
                self.roll_back().await;
                Err(failure)
            }
        }
    }

    pub(super) async fn take_back(
        &mut self,
        ids: &[AtomEmbeddingId],
    ) -> Result<Vec<AtomId>, WriteFailure> {
        let run = self.setup.ticket.run.0;
        let list = json!(ids).to_string();
        let rows = self
            .connection
            .rows(&TAKE_BACK.sql(), &[&list, &run])
            .await?;
        Ok(rows
            .iter()
            .map(|row| row.integer("AtomId").map(AtomId))
            .collect::<Result<_, _>>()?)
    }
}
