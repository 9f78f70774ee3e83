//! The vectors written back from their atoms, range by range: fence and deed in one transaction.

use std::time::{Duration, Instant};

use super::{RESTORING, fills};
use crate::connect::{Connection, Endpoint, Failure, RowExt, Sorting};
use crate::engine::{Cancel, Event, Observer, Recovery, Stop};
use crate::ids::{AtomEmbeddingId, RunId};
use crate::phase3::ColumnRecord;
use crate::state::FencingNumber;
use crate::tsql::{Sql, Statement, embedded};

const RANGE: Statement = embedded!("phase3/select_unfilled_range.sql");
const FILL: Statement = embedded!("phase3/fill_batch.sql");
const CHECK_FENCE: Statement = embedded!("phase2/check_fence.sql");
const WATERMARK: Statement = embedded!("state/record_watermark.sql");

/// Message 51100 of check_fence.sql.
const FENCE_LOST: u32 = 51_100;
/// Message 51051 of fill_batch.sql.
const UNDECODABLE: u32 = 51_051;

/// How the batches are made.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Embeddings per batch, one at least.
    pub batch_embeddings: i32,
    pub lock_timeout: Duration,
    pub retries: u32,
}

/// All that the filling needs.
pub struct Fill<'a> {
    pub endpoint: &'a Endpoint,
    pub run: RunId,
    pub fence: FencingNumber,
    pub record: &'a ColumnRecord,
    pub settings: Settings,
    pub events: &'a dyn Observer,
    pub cancel: &'a Cancel,
}

/// The statement of a batch.
pub fn fill_sql(record: &ColumnRecord) -> Sql {
    FILL.with(&fills(RESTORING, record.dimensions))
}

impl Fill<'_> {
    /// Fills until nothing is left; how many vectors were written.
    ///
    /// # Errors
    /// A vector that its atoms do not give; a requested stop; a lost fence; a failure that is not transient.
    pub async fn run(&self) -> Result<u64, Stop> {
        let mut connection = self.recovery().open().await?;
        let (mut done, mut attempt) = (0, 0);
        let mut after = i64::MIN;
        loop {
            if self.cancel.is_requested() {
                return Err(Stop::Requested {
                    done: format!("{done} vectors written back in this run"),
                });
            }
            match self.step(&mut connection, after).await {
                Ok(None) => return Ok(done),
                Ok(Some((last, written))) => {
                    attempt = 0;
                    after = last;
                    done += written;
                }
                Err(Stop::Failure(failure)) => {
                    attempt += 1;
                    self.settle(failure, attempt, &mut connection).await?;
                }
                Err(other) => return Err(other),
            }
        }
    }

    async fn step(
        &self,
        connection: &mut Connection,
        after: i64,
    ) -> Result<Option<(i64, u64)>, Stop> {
        let range = RANGE.with(&fills(RESTORING, self.record.dimensions));
        let row = connection
            .row(&range, &[&after, &self.settings.batch_embeddings])
            .await?;
        let Some(end) = row.opt_integer("RangeEnd")? else {
            return Ok(None);
        };
        let started = Instant::now();
        let written = tokio::select! {
            biased;
            // Dropping the transaction midway loses the connection, and XACT_ABORT rolls it back.
            () = self.cancel.immediate() => return Err(Stop::Requested {
                done: "the batch under way was rolled back".to_owned(),
            }),
            written = self.transaction(connection, after, end) => written?,
        };
        self.events.observe(&Event::WorkAdvanced {
            embeddings: written,
            relations: 0,
            last_id: AtomEmbeddingId(end),
            took: started.elapsed(),
        });
        Ok(Some((end, written)))
    }

    async fn transaction(
        &self,
        connection: &mut Connection,
        after: i64,
        end: i64,
    ) -> Result<u64, Stop> {
        connection.begin().await?;
        match connection.rows(&CHECK_FENCE.sql(), &[&self.fence.0]).await {
            Ok(_) => {}
            Err(failure) if failure.number() == Some(FENCE_LOST) => return Err(Stop::FenceLost),
            Err(failure) => return Err(failure.into()),
        }
        let row = connection
            .row(&fill_sql(self.record), &[&after, &end])
            .await?;
        let written = row.integer("RowsWritten")?;
        let none: Option<i64> = None;
        connection
            .rows(
                &WATERMARK.sql(),
                &[
                    &self.run.0,
                    &0i32,
                    &end,
                    &none,
                    &written,
                    &0i64,
                    &0i64,
                    &0i64,
                ],
            )
            .await?;
        connection.commit().await?;
        Ok(u64::try_from(written).unwrap_or(0))
    }

    /// Waits and makes the connection good again after what is known to pass; the range is selected anew, and what an
    /// unknown commit has filled is not in it any more.
    async fn settle(
        &self,
        failure: Failure,
        attempt: u32,
        connection: &mut Connection,
    ) -> Result<(), Stop> {
        let sorting = failure.sorting();
        let passing = matches!(sorting, Sorting::Transient | Sorting::OutcomeUnknown);
        if !passing || attempt > self.settings.retries {
            let _ = connection.rollback().await;
            return Err(explain(failure));
        }
        let recovery = self.recovery();
        recovery.recover(&failure, attempt, connection).await?;
        Ok(())
    }

    fn recovery(&self) -> Recovery<'_> {
        Recovery {
            endpoint: self.endpoint,
            lock_timeout: self.settings.lock_timeout,
            retries: self.settings.retries,
            cancel: self.cancel,
            events: self.events,
        }
    }
}

fn explain(failure: Failure) -> Stop {
    if failure.number() == Some(UNDECODABLE) {
        return Stop::Refused {
            what: "the next batch of the un-drop".to_owned(),
            cause: failure.to_string(),
            next: "relations or atoms changed since the digests were proven: `hartonomous validate phase3` names the embedding".to_owned(),
        };
    }
    failure.into()
}
