//! The writer: one transaction per batch for atoms, relations, reference counts and progress.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::atoms::{BatchValues, KnownAtoms};
use super::lease::Lease;
use super::relation_type::{Sibling, assign};
use super::rows;
use super::{DecodedEmbedding, Rejected, SourceColumns};
use crate::connect::{BulkLoad, Connection, Endpoint, Failure, Purpose, RowExt};
use crate::engine::{BatchStages, Lap};
use crate::ids::{AtomEmbeddingId, AtomId, RunId};
use crate::state::FencingNumber;
use crate::tsql::{Sql, Statement, embedded};
use crate::vector::AtomValue;

const CREATE_TABLES: Statement = embedded!("phase2/create_batch_tables.sql");
const CLEAR_TABLES: Statement = embedded!("phase2/clear_batch_tables.sql");
const CHECK_FENCE: Statement = embedded!("phase2/check_fence.sql");
const CHECK_LEASE: Statement = embedded!("phase2/check_lease.sql");
const LOCK_SOURCES: Statement = embedded!("phase2/lock_source_atoms.sql");
const SIBLINGS: Statement = embedded!("phase2/select_sibling_embeddings.sql");
const RELATION_TYPES: Statement = embedded!("phase2/select_relation_types.sql");
const CONFLICTS: Statement = embedded!("phase2/find_batch_conflicts.sql");
const INSERT_PROGRESS: Statement = embedded!("phase2/insert_progress.sql");
const WATERMARK: Statement = embedded!("state/record_watermark.sql");

/// Message 51100 of check_fence.sql and check_lease.sql.
const FENCE_LOST: u32 = 51100;
/// Message 51101 of check_lease.sql.
const LEASE_LOST: u32 = 51101;

/// What a committed batch wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    pub embeddings: u64,
    pub relations: u64,
    pub atoms: u64,
}

/// Why a batch is not in the database.
#[derive(Debug)]
pub enum WriteFailure {
    /// Nothing of it was committed.
    NotCommitted(Failure),
    /// Another writer made the same atom at the same moment: the same batch will find it.
    Contended(Failure),
    /// The connection was lost around the commit: look before doing anything else.
    Unknown(Failure),
    /// These embeddings cannot be written as they are; the others have not been written either.
    Rejected(Vec<Rejected>),
    /// Rows changed or went since they were read; nothing was written. Read them again.
    Changed(Vec<AtomEmbeddingId>),
    /// Another run has the database.
    FenceLost,
    /// Another writer has the key range.
    LeaseLost,
}

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    pub run: RunId,
    pub fence: FencingNumber,
}

/// By which right a batch is written; checked first in its transaction.
#[derive(Debug, Clone, Copy)]
pub enum Claim<'a> {
    /// A leased key range, and for how long the batch renews the lease.
    Range(&'a Lease, Duration),
    /// The run's fence alone; what the embeddings have is taken back first.
    Replace,
}

/// What a writer is opened with.
#[derive(Debug, Clone)]
pub struct WriterSetup {
    pub endpoint: Endpoint,
    pub lock_timeout: Duration,
    pub ticket: Ticket,
    /// Number of the writer within its run.
    pub number: usize,
    pub columns: SourceColumns,
    pub known: Arc<KnownAtoms>,
    pub load: BulkLoad,
}

/// A connection that writes batches.
#[derive(Debug)]
pub struct Writer {
    pub(super) setup: WriterSetup,
    pub(super) connection: Connection,
    conflicts: Sql,
    siblings: Sql,
    /// Of the last batch that was written.
    stages: BatchStages,
    /// Atoms that lost a reference by a replaced embedding.
    pub(super) released: Vec<AtomId>,
}

impl Writer {
    /// Opens the connection and creates its temporary tables.
    ///
    /// # Errors
    /// As `Connection::open`.
    pub async fn open(setup: WriterSetup) -> Result<Self, Failure> {
        let fills = setup.columns.fills();
        Ok(Self {
            connection: connect(&setup.endpoint, setup.lock_timeout).await?,
            conflicts: CONFLICTS.with(&fills),
            siblings: SIBLINGS.with(&fills),
            stages: BatchStages::default(),
            released: Vec::new(),
            setup,
        })
    }

    /// Replaces a lost connection.
    ///
    /// # Errors
    /// As `Connection::open`.
    pub async fn reconnect(&mut self) -> Result<(), Failure> {
        self.connection = connect(&self.setup.endpoint, self.setup.lock_timeout).await?;
        Ok(())
    }

    /// The writer's connection, between batches.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Forgets the atoms it knows, after a foreign key said that one is gone.
    pub fn forget_atoms(&self) {
        self.setup.known.forget();
    }

    /// How long the stages of the last committed batch took, from `claim` to `commit`.
    pub fn stages(&self) -> BatchStages {
        self.stages
    }

    /// Atoms that lost references by committed replacements since this was last asked.
    pub fn take_released(&mut self) -> Vec<AtomId> {
        std::mem::take(&mut self.released)
    }

    /// Writes a batch in one transaction.
    ///
    /// # Errors
    /// See `WriteFailure`; except for `Unknown`, nothing of the batch is in the database.
    pub async fn write(
        &mut self,
        claim: Claim<'_>,
        embeddings: &[DecodedEmbedding],
    ) -> Result<Written, WriteFailure> {
        let (written, learnt, released) = match self.transaction(claim, embeddings).await {
            Ok(done) => done,
            Err(failure) => {
                self.roll_back().await;
                return Err(failure);
            }
        };
        let mut lap = Lap::start();
        match self.connection.commit().await {
            Ok(()) => {
                self.stages.commit = lap.lap();
                self.setup.known.learn(&learnt);
                self.released.extend(released);
                Ok(written)
            }
            Err(failure @ Failure::Server { .. }) => {
                self.roll_back().await;
                Err(WriteFailure::NotCommitted(failure))
            }
            Err(failure) => Err(WriteFailure::Unknown(failure)),
        }
    }

    /// A lost connection has rolled back by itself (XACT_ABORT), so a failure here changes nothing.
    pub(super) async fn roll_back(&mut self) {
        if let Err(failure) = self.connection.rollback().await {
            tracing::debug!(%failure, "rollback after a failed batch");
        }
    }

    async fn transaction(
        &mut self,
        claim: Claim<'_>,
        embeddings: &[DecodedEmbedding],
    ) -> Result<(Written, Vec<(AtomValue, AtomId)>, Vec<AtomId>), WriteFailure> {
        let mut lap = Lap::start();
        self.connection.begin().await?;
        self.check(claim).await?;
        self.connection.batch(&CLEAR_TABLES.sql()).await?;
        let released = match claim {
            Claim::Replace => {
                let ids: Vec<_> = embeddings.iter().map(|one| one.id).collect();
                self.take_back(&ids).await?
            }
            Claim::Range(..) => Vec::new(),
        };
        self.stages.claim = lap.lap();
        let types = self.relation_types(embeddings).await?;
        self.stages.types = lap.lap();
        let mut values = self.setup.known.sort(embeddings);
        let learnt = self.atoms(&mut values, embeddings).await?;
        self.stages.atoms = lap.lap();
        let relations = rows::relations(embeddings, &types, &values);
        let written = self
            .connection
            .bulk_as(
                "dbo.AtomRelations",
                rows::RELATION_COLUMNS,
                self.setup.load,
                relations,
            )
            .await?;
        let components: usize = embeddings.iter().map(|one| one.values.len()).sum();
        expect("bulk load into dbo.AtomRelations", written, components)?;
        self.stages.relations = lap.lap();
        let deltas = rows::deltas(&values, self.setup.ticket.run);
        self.connection
            .bulk(
                "hartonomous.reference_count_deltas",
                rows::DELTA_COLUMNS,
                deltas,
            )
            .await?;
        self.stages.counts = lap.lap();
        self.progress(embeddings, &types, &values).await?;
        let written = Written {
            embeddings: embeddings.len() as u64,
            relations: written,
            atoms: values.values.iter().filter(|one| one.created).count() as u64,
        };
        self.watermark(claim, embeddings, written).await?;
        self.stages.progress = lap.lap();
        Ok((written, learnt, released))
    }

    pub(super) async fn check(&mut self, claim: Claim<'_>) -> Result<(), WriteFailure> {
        let fence = self.setup.ticket.fence.0;
        let checked = match claim {
            Claim::Replace => self.connection.rows(&CHECK_FENCE.sql(), &[&fence]).await,
            Claim::Range(lease, time) => {
                let seconds = i32::try_from(time.as_secs().max(1)).unwrap_or(i32::MAX);
                self.connection
                    .rows(
                        &CHECK_LEASE.sql(),
                        &[&fence, &lease.after.0, &lease.token, &seconds],
                    )
                    .await
            }
        };
        match checked {
            Ok(_) => Ok(()),
            Err(failure) if failure.number() == Some(FENCE_LOST) => Err(WriteFailure::FenceLost),
            Err(failure) if failure.number() == Some(LEASE_LOST) => Err(WriteFailure::LeaseLost),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn relation_types(
        &mut self,
        embeddings: &[DecodedEmbedding],
    ) -> Result<Vec<String>, WriteFailure> {
        let mut atoms: Vec<AtomId> = embeddings.iter().map(|embedding| embedding.atom).collect();
        atoms.sort_unstable();
        atoms.dedup();
        let list = json!(atoms).to_string();
        self.connection.rows(&LOCK_SOURCES.sql(), &[&list]).await?;
        let mut siblings = Vec::new();
        for row in self.connection.rows(&self.siblings, &[&list]).await? {
            siblings.push(Sibling {
                atom: AtomId(row.integer("AtomId")?),
                id: AtomEmbeddingId(row.integer("AtomEmbeddingId")?),
                model: row.opt("ModelId")?,
                embedding_type: row.opt::<&str>("EmbeddingType")?.map(str::to_owned),
                migrated_as: row.opt::<&str>("MigratedAs")?.map(str::to_owned),
            });
        }
        let mut taken = Vec::new();
        for row in self
            .connection
            .rows(&RELATION_TYPES.sql(), &[&list])
            .await?
        {
            taken.push((
                AtomId(row.integer("SourceAtomId")?),
                row.text("RelationType")?,
            ));
        }
        Ok(assign(embeddings, &siblings, taken))
    }

    async fn progress(
        &mut self,
        embeddings: &[DecodedEmbedding],
        types: &[String],
        values: &BatchValues,
    ) -> Result<(), WriteFailure> {
        let rows = rows::progress(embeddings, types, values, self.setup.ticket.run);
        self.connection
            .bulk("#batch_progress", rows::PROGRESS_COLUMNS, rows)
            .await?;
        let mut changed = Vec::new();
        for row in self.connection.rows(&self.conflicts, &[]).await? {
            changed.push(AtomEmbeddingId(row.integer("AtomEmbeddingId")?));
        }
        if !changed.is_empty() {
            return Err(WriteFailure::Changed(changed));
        }
        let inserted = self.connection.batch_row(&INSERT_PROGRESS.sql()).await?;
        let count = u64::try_from(inserted.integer("RowsWritten")?).unwrap_or(u64::MAX);
        expect("insert_progress", count, embeddings.len())
    }

    async fn watermark(
        &mut self,
        claim: Claim<'_>,
        embeddings: &[DecodedEmbedding],
        written: Written,
    ) -> Result<(), WriteFailure> {
        let last = embeddings.iter().map(|one| one.id.0).max().unwrap_or(0);
        let end: Option<i64> = match claim {
            Claim::Range(lease, _) => Some(lease.last.0),
            Claim::Replace => None,
        };
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let writer = i32::try_from(self.setup.number).unwrap_or(i32::MAX);
        self.connection
            .rows(
                &WATERMARK.sql(),
                &[
                    &self.setup.ticket.run.0,
                    &writer,
                    &last,
                    &end,
                    &count(written.embeddings),
                    &count(written.relations),
                    &count(written.atoms),
                    &0i64,
                ],
            )
            .await?;
        Ok(())
    }
}

async fn connect(endpoint: &Endpoint, lock_timeout: Duration) -> Result<Connection, Failure> {
    let mut connection = Connection::open(endpoint, Purpose::Writer, lock_timeout).await?;
    connection.batch(&CREATE_TABLES.sql()).await?;
    Ok(connection)
}

impl From<Failure> for WriteFailure {
    fn from(failure: Failure) -> Self {
        Self::NotCommitted(failure)
    }
}

/// Every row count that a statement reports is compared with what was sent.
pub(super) fn expect(statement: &str, found: u64, wanted: usize) -> Result<(), WriteFailure> {
    if found == wanted as u64 {
        return Ok(());
    }
    Err(WriteFailure::NotCommitted(Failure::Protocol {
        statement: statement.to_owned(),
        cause: format!("{found} rows, expected {wanted}"),
    }))
}
