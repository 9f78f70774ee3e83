//! Migrated embeddings taken back, batch by batch: fence, guard and deed in one transaction.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use serde_json::json;

use crate::connect::{Connection, Endpoint, Failure, RowExt, Sorting};
use crate::engine::{Cancel, Event, Observer, Recovery, Stop};
use crate::ids::{AtomEmbeddingId, RunId};
use crate::state::FencingNumber;
use crate::tsql::{Fragment, Sql, Statement, embedded};

const SELECT: Statement = embedded!("phase2/rollback_select_batch.sql");
const BATCH: Statement = embedded!("phase2/rollback_batch.sql");
const CHECK_FENCE: Statement = embedded!("phase2/check_fence.sql");
const WATERMARK: Statement = embedded!("state/record_watermark.sql");

/// Embeddings that are looked at for one batch.
const LOOK_AHEAD: i32 = 1_000;
/// Message 51100 of check_fence.sql.
const FENCE_LOST: u32 = 51_100;
/// Messages 51042 to 51044 of rollback_batch.sql: the guard spoke.
const GUARD: std::ops::RangeInclusive<u32> = 51_042..=51_044;

/// How the batches are made.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// A batch deletes about so many relations, and takes back at least one embedding.
    pub batch_relations: i64,
    pub lock_timeout: Duration,
    pub retries: u32,
}

/// What was taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct TakenBack {
    pub embeddings: u64,
    pub relations: u64,
    pub atoms: u64,
}

/// All that the batches need.
pub struct TakeBack<'a> {
    pub endpoint: &'a Endpoint,
    pub run: RunId,
    pub fence: FencingNumber,
    /// Atoms made before stay, whoever uses them; None: every unused float32 atom goes.
    pub since: Option<NaiveDateTime>,
    pub settings: Settings,
    pub events: &'a dyn Observer,
    pub cancel: &'a Cancel,
}

/// The next embeddings, and how many relations they have on record.
struct Next {
    ids: Vec<AtomEmbeddingId>,
}

impl TakeBack<'_> {
    /// Takes back every migrated embedding.
    ///
    /// # Errors
    /// The guard, a requested stop, a lost fence, the first failure that is not transient.
    pub async fn run(&self) -> Result<TakenBack, Stop> {
        let mut connection = self.recovery().open().await?;
        let mut done = TakenBack::default();
        let mut after = AtomEmbeddingId(i64::MIN);
        let mut attempt = 0;
        loop {
            if self.cancel.is_requested() {
                return Err(Stop::Requested {
                    done: format!("{} embeddings taken back in this run", done.embeddings),
                });
            }
            let step = self.step(&mut connection, after).await;
            match step {
                Ok(None) => return Ok(done),
                Ok(Some((last, batch))) => {
                    attempt = 0;
                    after = last;
                    done.embeddings += batch.embeddings;
                    done.relations += batch.relations;
                    done.atoms += batch.atoms;
                }
                Err(Stop::Failure(failure)) => {
                    attempt += 1;
                    self.settle(failure, attempt, &mut connection).await?;
                }
                Err(other) => return Err(other),
            }
        }
    }

    /// One batch; None when nothing is left.
    async fn step(
        &self,
        connection: &mut Connection,
        after: AtomEmbeddingId,
    ) -> Result<Option<(AtomEmbeddingId, TakenBack)>, Stop> {
        let next = next(connection, after, self.settings.batch_relations).await?;
        let Some(last) = next.ids.last().copied() else {
            return Ok(None);
        };
        let started = Instant::now();
        let batch = tokio::select! {
            biased;
            // Dropping the transaction midway loses the connection, and XACT_ABORT rolls it back.
            () = self.cancel.immediate() => return Err(Stop::Requested {
                done: "the batch under way was rolled back".to_owned(),
            }),
            batch = self.transaction(connection, &next.ids) => batch?,
        };
        self.events.observe(&Event::WorkAdvanced {
            embeddings: batch.embeddings,
            relations: batch.relations,
            last_id: last,
            took: started.elapsed(),
        });
        Ok(Some((last, batch)))
    }

    async fn transaction(
        &self,
        connection: &mut Connection,
        ids: &[AtomEmbeddingId],
    ) -> Result<TakenBack, Stop> {
        connection.begin().await?;
        let batch = take_back(connection, self.fence, self.since, ids).await?;
        let last = ids.last().map_or(0, |id| id.0);
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let end: Option<i64> = None;
        connection
            .rows(
                &WATERMARK.sql(),
                &[
                    &self.run.0,
                    &0i32,
                    &last,
                    &end,
                    &count(batch.embeddings),
                    &count(batch.relations),
                    &count(batch.atoms),
                    &0i64,
                ],
            )
            .await?;
        connection.commit().await?;
        Ok(batch)
    }

    /// Waits and makes the connection good again after what is known to pass; the batch is selected anew, so that an
    /// unknown outcome needs no looking up: what was committed is not there any more.
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

/// The ids of the next batch after `after`.
async fn next(
    connection: &mut Connection,
    after: AtomEmbeddingId,
    batch_relations: i64,
) -> Result<Next, Failure> {
    let rows = connection
        .rows(&SELECT.sql(), &[&after.0, &LOOK_AHEAD])
        .await?;
    let mut next = Next { ids: Vec::new() };
    let mut relations = 0;
    for row in &rows {
        let more = row.opt_integer("RelationCount")?.unwrap_or(0);
        if !next.ids.is_empty() && relations + more > batch_relations {
            break;
        }
        relations += more;
        next.ids
            .push(AtomEmbeddingId(row.integer("AtomEmbeddingId")?));
    }
    Ok(next)
}

/// The ids of the first batch, for a drill.
///
/// # Errors
/// A failed statement.
pub(super) async fn batch_after(
    connection: &mut Connection,
    after: AtomEmbeddingId,
    batch_relations: i64,
) -> Result<Vec<AtomEmbeddingId>, Failure> {
    Ok(next(connection, after, batch_relations).await?.ids)
}

/// Fence, guard and deed, inside the caller's transaction.
///
/// # Errors
/// A lost fence, the guard, a failed statement.
pub(super) async fn take_back(
    connection: &mut Connection,
    fence: FencingNumber,
    since: Option<NaiveDateTime>,
    ids: &[AtomEmbeddingId],
) -> Result<TakenBack, Stop> {
    match connection.rows(&CHECK_FENCE.sql(), &[&fence.0]).await {
        Ok(_) => {}
        Err(failure) if failure.number() == Some(FENCE_LOST) => return Err(Stop::FenceLost),
        Err(failure) => return Err(failure.into()),
    }
    let list = json!(ids).to_string();
    let row = connection
        .row(&statement(since.is_some()), &[&list, &since])
        .await?;
    let count =
        |name: &str| -> Result<u64, Failure> { Ok(u64::try_from(row.integer(name)?).unwrap_or(0)) };
    Ok(TakenBack {
        embeddings: count("DeletedProgress")?,
        relations: count("DeletedRelations")?,
        atoms: count("DeletedAtoms")?,
    })
}

/// The statement of a batch.
pub fn statement(only_new_atoms: bool) -> Sql {
    if only_new_atoms {
        BATCH.with(&[("OnlyNewAtoms", Fragment::fixed("AND a.CreatedAt >= @P2"))])
    } else {
        BATCH.sql()
    }
}

/// The guard's messages with the next step; everything else as it is.
fn explain(failure: Failure) -> Stop {
    let number = failure.number().unwrap_or(0);
    if number == 207 || GUARD.contains(&number) {
        return Stop::Refused {
            what: "the next batch of the rollback".to_owned(),
            cause: failure.to_string(),
            next: match number {
                51_044 => "mend the reference count first, see docs/runbook.md, \"a reference count is wrong\"; then the same command carries on",
                51_043 => "see docs/runbook.md, \"a migrated embedding is gone\"; then the same command carries on",
                _ => "see docs/runbook.md, \"a migrated embedding has no vector\"; then the same command carries on",
            }
            .to_owned(),
        };
    }
    failure.into()
}
