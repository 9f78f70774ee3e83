//! Renaming and dropping the column, and rebuilding the table: short waits for locks, and patience.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use super::{ColumnRecord, ORIGINAL, PHASE, RENAMED, drop_sql, rebuild_sql};
use crate::connect::{Connection, Endpoint, Failure, Purpose, RowExt, Sorting};
use crate::engine::{Cancel, Event, Observer, Stop, Watch, backoff};
use crate::ids::RunId;
use crate::phase1::{Inventory, Table};
use crate::pipeline::SourceColumns;
use crate::state::{self, FencingNumber, StepRecord};
use crate::tsql::{Fragment, Sql, Statement, embedded};

const CHECK_FENCE: Statement = embedded!("phase2/check_fence.sql");
const LOCK_AND_COUNT: Statement = embedded!("phase3/lock_and_count_changes.sql");
const RENAME: Statement = embedded!("phase3/rename_column.sql");

/// Message 51100 of check_fence.sql.
const FENCE_LOST: u32 = 51_100;
/// A definition waits no longer for a lock: whoever comes after it waits behind it.
const DDL_LOCK_TIMEOUT: Duration = Duration::from_secs(3);
/// What a change of the table's definition needs.
pub struct Patience<'a> {
    pub endpoint: &'a Endpoint,
    pub run: RunId,
    pub fence: FencingNumber,
    /// How often it is tried again.
    pub retries: u32,
    pub events: &'a dyn Observer,
    pub cancel: &'a Cancel,
}

/// What is done inside the transaction.
enum Deed<'a> {
    Drop {
        columns: &'a SourceColumns,
        proven_from: NaiveDateTime,
    },
    Rename {
        from: &'static str,
        to: &'static str,
    },
}

/// The statement that renames the column.
pub fn rename_sql(from: &'static str, to: &'static str) -> Sql {
    RENAME.with(&[("Old", Fragment::fixed(from)), ("New", Fragment::fixed(to))])
}

/// Drops the column: fence, lock, what changed since the proof, drop, in one transaction.
///
/// # Errors
/// A change since the proof; no lock after all retries; a failed statement.
pub async fn drop_column(
    patience: &Patience<'_>,
    connection: &mut Connection,
    columns: &SourceColumns,
    record: &ColumnRecord,
    proven_from: NaiveDateTime,
) -> Result<(), Stop> {
    record.record(connection, patience.run, "started").await?;
    patience
        .persist(&Deed::Drop {
            columns,
            proven_from,
        })
        .await?;
    let mut record = record.clone();
    record.dropped_at = Some(state::server_utc(connection).await?);
    record.record(connection, patience.run, "applied").await?;
    Ok(())
}

/// Renames the column away.
///
/// # Errors
/// As `drop_column`.
pub async fn begin_brown_out(
    patience: &Patience<'_>,
    connection: &mut Connection,
) -> Result<(), Stop> {
    record_brown_out(connection, patience.run, "started").await?;
    let deed = Deed::Rename {
        from: ORIGINAL,
        to: RENAMED,
    };
    patience.persist(&deed).await
}

/// Renames it back.
///
/// # Errors
/// As `drop_column`.
pub async fn end_brown_out(
    patience: &Patience<'_>,
    connection: &mut Connection,
) -> Result<(), Stop> {
    let deed = Deed::Rename {
        from: RENAMED,
        to: ORIGINAL,
    };
    patience.persist(&deed).await?;
    Ok(record_brown_out(connection, patience.run, "applied").await?)
}

/// Gives the restored column its name.
///
/// # Errors
/// As `drop_column`.
pub async fn end_restoring(patience: &Patience<'_>) -> Result<(), Stop> {
    let deed = Deed::Rename {
        from: super::rollback::RESTORING,
        to: ORIGINAL,
    };
    patience.persist(&deed).await
}

async fn record_brown_out(
    connection: &mut Connection,
    run: RunId,
    word: &str,
) -> Result<(), Failure> {
    let record = StepRecord {
        phase: PHASE,
        step: "brown_out",
        state: word,
        sql_sha256: None,
        sql: None,
        object: Some("dbo.AtomEmbeddings.EmbeddingVector"),
        object_sha256: None,
        created: false,
        detail: None,
    };
    state::record_step(connection, run, &record).await
}

impl Patience<'_> {
    /// Tries until it is done, or until the retries are used up.
    async fn persist(&self, deed: &Deed<'_>) -> Result<(), Stop> {
        let mut attempt = 0;
        loop {
            if self.cancel.is_requested() {
                return Err(Stop::Requested {
                    done: "the table is as it was".to_owned(),
                });
            }
            let failure = match self.attempt(deed).await {
                Ok(()) => return Ok(()),
                Err(Stop::Failure(failure)) => failure,
                Err(other) => return Err(other),
            };
            attempt += 1;
            let sorting = failure.sorting();
            let passing = matches!(sorting, Sorting::Transient | Sorting::OutcomeUnknown);
            if !passing || attempt > self.retries {
                return Err(failure.into());
            }
            self.events.observe(&Event::Retrying {
                attempt,
                cause: failure.to_string(),
            });
            let pause = backoff(attempt, Duration::from_millis(250), Duration::from_secs(10));
            tokio::select! {
                () = self.cancel.requested() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One attempt, on a connection of its own: after an unknown outcome the catalog says what is so.
    async fn attempt(&self, deed: &Deed<'_>) -> Result<(), Stop> {
        let mut connection =
            Connection::open(self.endpoint, Purpose::Control, DDL_LOCK_TIMEOUT).await?;
        let inventory = Inventory::read(&mut connection).await?;
        let has = |name| inventory.column(Table::AtomEmbeddings, name).is_some();
        let done = match deed {
            Deed::Drop { .. } => !has(ORIGINAL),
            Deed::Rename { from, to } => !has(from) && has(to),
        };
        if done {
            return Ok(());
        }
        connection.begin().await?;
        let result = self.inside(&mut connection, deed).await;
        match result {
            Ok(()) => Ok(connection.commit().await?),
            Err(stop) => {
                // A lost connection has rolled back by itself.
                let _ = connection.rollback().await;
                Err(stop)
            }
        }
    }

    async fn inside(&self, connection: &mut Connection, deed: &Deed<'_>) -> Result<(), Stop> {
        match connection.rows(&CHECK_FENCE.sql(), &[&self.fence.0]).await {
            Ok(_) => {}
            Err(failure) if failure.number() == Some(FENCE_LOST) => return Err(Stop::FenceLost),
            Err(failure) => return Err(failure.into()),
        }
        match deed {
            Deed::Rename { from, to } => {
                connection.batch(&rename_sql(from, to)).await?;
            }
            Deed::Drop {
                columns,
                proven_from,
            } => {
                let sql = LOCK_AND_COUNT.with(&columns.fills());
                let row = connection.row(&sql, &[proven_from]).await?;
                let (unmigrated, changed) = (row.integer("Unmigrated")?, row.integer("Changed")?);
                if unmigrated + changed > 0 {
                    return Err(Stop::Refused {
                        what: "the removal of EmbeddingVector".to_owned(),
                        cause: format!(
                            "{unmigrated} embeddings arrived and {changed} were updated after every vector was proven, first AtomEmbeddingId {}",
                            row.opt_integer("FirstId")?.unwrap_or(0)
                        ),
                        next: "somebody still writes embeddings: run `hartonomous migrate phase2`, and phase 3 in a maintenance window or a brown-out".to_owned(),
                    });
                }
                connection.batch(&drop_sql()).await?;
            }
        }
        Ok(())
    }
}

/// Rebuilds the table, watched from a second connection: the statement itself tells nothing. The server undoes it when the
/// connection goes.
///
/// # Errors
/// A failed statement, e.g. an edition that does not rebuild online; the second Ctrl-C.
pub async fn rebuild(
    patience: &Patience<'_>,
    connection: &mut Connection,
    online: bool,
) -> Result<(), Stop> {
    let sql = rebuild_sql(online);
    let sha = sql.sha256();
    let mut record = StepRecord {
        phase: PHASE,
        step: "rebuild.AtomEmbeddings",
        state: "started",
        sql_sha256: Some(&sha),
        sql: Some(sql.text()),
        object: Some("dbo.AtomEmbeddings"),
        object_sha256: None,
        created: false,
        detail: None,
    };
    state::record_step(connection, patience.run, &record).await?;
    let mut worker =
        Connection::open(patience.endpoint, Purpose::Control, Duration::from_secs(60)).await?;
    let started = Instant::now();
    let session = worker.session_id();
    let work = worker.batch(&sql);
    let watch = Watch {
        watcher: connection,
        session,
        what: format!(
            "rebuilding dbo.AtomEmbeddings {}",
            if online { "online" } else { "offline" }
        ),
        given_up: "the rebuild under way was given up, the server undoes it",
        events: patience.events,
        cancel: patience.cancel,
    };
    watch.over(work).await.map_err(|stop| match stop {
        Stop::Failure(failure) => explain_rebuild(failure, online),
        other => other,
    })?;
    record.state = "applied";
    record.detail = Some(format!("{:.1} s", started.elapsed().as_secs_f64()));
    state::record_step(connection, patience.run, &record).await?;
    Ok(())
}

fn explain_rebuild(failure: Failure, online: bool) -> Stop {
    // 1712: not this edition; 2725, 2726: a column or index does not allow it.
    match failure.number() {
        Some(1712 | 2725 | 2726) if online => Stop::Refused {
            what: "the online rebuild of dbo.AtomEmbeddings".to_owned(),
            cause: failure.to_string(),
            next: "run the same command with --offline in a maintenance window: readers and writers of the table wait meanwhile".to_owned(),
        },
        _ => failure.into(),
    }
}
