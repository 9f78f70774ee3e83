//! The copy, key range by key range: fence, rows and progress in one transaction; then passes over all rows until one finds
//! nothing to do, because rows arrive, change and go meanwhile.

use std::time::{Duration, Instant};

use super::declared::Declared;
use crate::connect::{Connection, Endpoint, Failure, RowExt, Sorting};
use crate::engine::{Cancel, Event, Observer, Recovery, Stop};
use crate::ids::{AtomEmbeddingId, RunId};
use crate::state::FencingNumber;
use crate::tsql::{Sql, Statement, embedded};

const START: Statement = embedded!("phase4/start_copy.sql");
const RANGE: Statement = embedded!("phase4/select_copy_range.sql");
const COPY: Statement = embedded!("phase4/copy_batch.sql");
const CHANGED: Statement = embedded!("phase4/delete_changed_rows.sql");
const SURPLUS: Statement = embedded!("phase4/delete_surplus_rows.sql");
const RECORD: Statement = embedded!("phase4/record_copy.sql");
const FINISH: Statement = embedded!("phase4/finish_copy.sql");
const CHECK_FENCE: Statement = embedded!("phase2/check_fence.sql");
const WATERMARK: Statement = embedded!("state/record_watermark.sql");

/// Message 51100 of check_fence.sql.
const FENCE_LOST: u32 = 51_100;
/// Out of memory for memory-optimised tables: the pool's (41805), the edition's or the tier's (41823, 41840).
const MEMORY_FULL: &[u32] = &[41_805, 41_823, 41_840];
/// Passes over all rows; a table that never stands still is left to the gate.
const PASSES: u32 = 5;

/// How the batches are made.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Rows per batch.
    pub batch_rows: i32,
    pub lock_timeout: Duration,
    pub retries: u32,
}

/// All that the copy needs.
pub struct Copy<'a> {
    pub endpoint: &'a Endpoint,
    pub run: RunId,
    pub fence: FencingNumber,
    pub declared: &'a Declared,
    /// object_id of the table that is filled.
    pub table_id: i32,
    /// Rows of dbo.AtomEmbeddings, for who watches.
    pub rows: i64,
    pub settings: Settings,
    pub events: &'a dyn Observer,
    pub cancel: &'a Cancel,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Rows written by this run: copied, or copied anew because they had changed.
    pub written: u64,
    /// Copies removed because their embedding is gone.
    pub removed: u64,
    /// Passes over all rows, the last of which found nothing to do if `aligned`.
    pub passes: u32,
    pub aligned: bool,
}

/// What is done with a key range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// For the first time: rows that are not there yet.
    First,
    /// Again: changed ones too.
    Again,
}

/// The statement of a batch.
pub fn copy_sql(declared: &Declared) -> Sql {
    COPY.with(&declared.fills())
}

impl Copy<'_> {
    /// Copies from where it stopped, then brings in line what changed meanwhile.
    ///
    /// # Errors
    /// A requested stop; a lost fence; memory that is used up; a failure that is not transient.
    pub async fn run(&self) -> Result<Copied, Stop> {
        let mut connection = self.recovery().open().await?;
        let row = connection
            .row(&START.sql(), &[&self.table_id, &self.run.0])
            .await?;
        let after = row.integer("LastId")?;
        let complete = row.opt::<chrono::NaiveDateTime>("CopiedAt")?.is_some();
        let mut copied = Copied::default();
        if !complete {
            let left = self.rows - row.integer("RowsCopied")?;
            copied.written += self
                .watched("copying rows", left, &mut connection, Pass::First, after)
                .await?;
            connection.rows(&FINISH.sql(), &[&false]).await?;
        }
        while copied.passes < PASSES && !copied.aligned {
            copied.passes += 1;
            let written = self
                .watched(
                    "comparing rows",
                    self.rows,
                    &mut connection,
                    Pass::Again,
                    i64::MIN,
                )
                .await?;
            let removed = self.remove_surplus(&mut connection).await?;
            copied.written += written;
            copied.removed += removed;
            copied.aligned = written + removed == 0;
        }
        connection.rows(&FINISH.sql(), &[&copied.aligned]).await?;
        Ok(copied)
    }

    async fn watched(
        &self,
        verb: &'static str,
        rows: i64,
        connection: &mut Connection,
        pass: Pass,
        after: i64,
    ) -> Result<u64, Stop> {
        self.events.observe(&Event::WorkStarted {
            verb,
            embeddings_total: u64::try_from(rows).unwrap_or(0),
        });
        let written = self.pass(connection, pass, after).await;
        self.events.observe(&Event::WorkEnded);
        written
    }

    /// One pass over the keys; how many rows were written.
    async fn pass(
        &self,
        connection: &mut Connection,
        pass: Pass,
        mut after: i64,
    ) -> Result<u64, Stop> {
        let (mut done, mut attempt) = (0, 0);
        loop {
            self.check_cancel()?;
            match self.step(connection, pass, after).await {
                Ok(None) => return Ok(done),
                Ok(Some((last, written))) => {
                    attempt = 0;
                    after = last;
                    done += written;
                }
                Err(Stop::Failure(failure)) => {
                    attempt += 1;
                    self.settle(failure, attempt, connection).await?;
                }
                Err(other) => return Err(other),
            }
        }
    }

    fn check_cancel(&self) -> Result<(), Stop> {
        if self.cancel.is_requested() {
            return Err(Stop::Requested {
                done: "the batch under way is complete".to_owned(),
            });
        }
        Ok(())
    }

    async fn step(
        &self,
        connection: &mut Connection,
        pass: Pass,
        after: i64,
    ) -> Result<Option<(i64, u64)>, Stop> {
        let row = connection
            .row(&RANGE.sql(), &[&after, &self.settings.batch_rows])
            .await?;
        let Some(end) = row.opt_integer("RangeEnd")? else {
            return Ok(None);
        };
        let rows = u64::try_from(row.integer("Embeddings")?).unwrap_or(0);
        let started = Instant::now();
        let written = tokio::select! {
            biased;
            // Dropping the transaction midway loses the connection, and XACT_ABORT rolls it back.
            () = self.cancel.immediate() => return Err(Stop::Requested {
                done: "the batch under way was rolled back".to_owned(),
            }),
            written = self.transaction(connection, pass, after, end) => written?,
        };
        self.events.observe(&Event::WorkAdvanced {
            embeddings: rows,
            relations: 0,
            last_id: AtomEmbeddingId(end),
            took: started.elapsed(),
        });
        Ok(Some((end, written)))
    }

    async fn transaction(
        &self,
        connection: &mut Connection,
        pass: Pass,
        after: i64,
        end: i64,
    ) -> Result<u64, Stop> {
        self.begin(connection).await?;
        let fills = self.declared.fills();
        let range: [&dyn tiberius::ToSql; 2] = [&after, &end];
        if pass == Pass::Again {
            connection.row(&CHANGED.with(&fills), &range).await?;
        }
        let row = connection.row(&COPY.with(&fills), &range).await?;
        let written = row.integer("RowsWritten")?;
        if pass == Pass::First {
            connection
                .rows(&RECORD.sql(), &[&end, &written, &self.run.0])
                .await?;
        }
        let none: Option<i64> = None;
        let watermark: [&dyn tiberius::ToSql; 8] = [
            &self.run.0,
            &0i32,
            &end,
            &none,
            &written,
            &0i64,
            &0i64,
            &0i64,
        ];
        connection.rows(&WATERMARK.sql(), &watermark).await?;
        connection.commit().await?;
        Ok(u64::try_from(written).unwrap_or(0))
    }

    async fn begin(&self, connection: &mut Connection) -> Result<(), Stop> {
        connection.begin().await?;
        match connection.rows(&CHECK_FENCE.sql(), &[&self.fence.0]).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.number() == Some(FENCE_LOST) => Err(Stop::FenceLost),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Copies whose embedding is gone, in batches; how many there were.
    async fn remove_surplus(&self, connection: &mut Connection) -> Result<u64, Stop> {
        let (mut removed, mut attempt) = (0, 0);
        loop {
            self.check_cancel()?;
            match self.remove_some(connection).await {
                Ok(0) => return Ok(removed),
                Ok(some) => {
                    attempt = 0;
                    removed += some;
                }
                Err(Stop::Failure(failure)) => {
                    attempt += 1;
                    self.settle(failure, attempt, connection).await?;
                }
                Err(other) => return Err(other),
            }
        }
    }

    async fn remove_some(&self, connection: &mut Connection) -> Result<u64, Stop> {
        self.begin(connection).await?;
        let row = connection
            .row(&SURPLUS.sql(), &[&self.settings.batch_rows])
            .await?;
        let removed = row.integer("RowsWritten")?;
        connection.commit().await?;
        Ok(u64::try_from(removed).unwrap_or(0))
    }

    /// Waits and makes the connection good again after what is known to pass. The range is then done again: rows that an
    /// unknown commit has written are there and are not written twice.
    async fn settle(
        &self,
        failure: Failure,
        attempt: u32,
        connection: &mut Connection,
    ) -> Result<(), Stop> {
        let full = is_memory_full(failure.number());
        let sorting = failure.sorting();
        if !is_tried_again(sorting, full, attempt, self.settings.retries) {
            let _ = connection.rollback().await;
            return Err(if full {
                explain(&failure)
            } else {
                failure.into()
            });
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

fn is_memory_full(number: Option<u32>) -> bool {
    number.is_some_and(|number| MEMORY_FULL.contains(&number))
}

/// What passes is tried again; used-up memory once and no more, because deleted rows may be collected meanwhile.
fn is_tried_again(sorting: Sorting, memory_full: bool, attempt: u32, retries: u32) -> bool {
    match sorting {
        Sorting::Transient | Sorting::OutcomeUnknown => attempt <= retries,
        Sorting::Refused | Sorting::LogFull => memory_full && attempt == 1,
    }
}

fn explain(failure: &Failure) -> Stop {
    Stop::Refused {
        what: "the next batch of the copy".to_owned(),
        cause: format!("memory for memory-optimised tables is used up: {failure}"),
        next: "give the pool or the server more memory, then run the same command: it carries on; or `hartonomous rollback phase4`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_up_memory_is_tried_once_more_and_what_passes_as_often_as_asked() {
        for number in [41_805, 41_823, 41_840] {
            assert!(is_memory_full(Some(number)));
        }
        assert!(!is_memory_full(Some(2627)) && !is_memory_full(None));
        let refused = |attempt| is_tried_again(Sorting::Refused, true, attempt, 8);
        assert!(refused(1) && !refused(2));
        assert!(!is_tried_again(Sorting::Refused, false, 1, 8));
        let transient = |attempt| is_tried_again(Sorting::Transient, false, attempt, 8);
        assert!(transient(8) && !transient(9));
    }
}
