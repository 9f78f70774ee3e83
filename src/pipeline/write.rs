//! The writer: one transaction per batch for atoms, relations, reference counts and progress.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use tiberius::{ColumnData, IntoSql};

use super::atoms::KnownAtoms;
use super::relation_type::{Taken, assign};
use super::{DecodedEmbedding, Rejected};
use crate::connect::{BulkColumns, Connection, Endpoint, Failure, Purpose, RowExt};
use crate::engine::Stop;
use crate::ids::{AtomEmbeddingId, AtomId, RunId};
use crate::state::FencingNumber;
use crate::tsql::{Fragment, Identifier, Sql, Statement, embedded};
use crate::vector::{AtomValue, canonical_text};

const CREATE_TABLES: Statement = embedded!("phase2/create_batch_tables.sql");
const CLEAR_TABLES: Statement = embedded!("phase2/clear_batch_tables.sql");
const CHECK_FENCE: Statement = embedded!("phase2/check_fence.sql");
const LOCK_SOURCES: Statement = embedded!("phase2/lock_source_atoms.sql");
const RELATION_TYPES: Statement = embedded!("phase2/select_relation_types.sql");
const INSERT_ATOMS: Statement = embedded!("phase2/insert_missing_atoms.sql");
const SELECT_ATOMS: Statement = embedded!("phase2/select_batch_atoms.sql");
const ADD_COUNTS: Statement = embedded!("phase2/add_reference_counts.sql");
const CONFLICTS: Statement = embedded!("phase2/find_batch_conflicts.sql");
const INSERT_PROGRESS: Statement = embedded!("phase2/insert_progress.sql");
const WATERMARK: Statement = embedded!("state/record_watermark.sql");
const OUTCOME: Statement = embedded!("phase2/select_batch_outcome.sql");
const RECORD_FAILED: Statement = embedded!("phase2/record_failed_embedding.sql");

const VALUE_COLUMNS: BulkColumns = &["ContentHash", "AtomicValue", "CanonicalText"];
const COUNT_COLUMNS: BulkColumns = &["AtomId", "RelationCount"];
const PROGRESS_COLUMNS: BulkColumns = &[
    "AtomEmbeddingId",
    "AtomCount",
    "RelationCount",
    "RelationType",
    "VectorDigest",
    "RunId",
    "LastUpdated",
];
const RELATION_COLUMNS: BulkColumns = &[
    "SourceAtomId",
    "TargetAtomId",
    "RelationType",
    "SequenceIndex",
    "SpatialBucket",
    "SpatialBucketX",
    "SpatialBucketY",
    "SpatialBucketZ",
    "CoordX",
    "CoordY",
    "CoordZ",
    "TenantId",
];

/// Message 51100 of check_fence.sql.
const FENCE_LOST: u32 = 51100;

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
    /// The connection was lost around the commit: look before doing anything else.
    Unknown(Failure),
    /// These embeddings cannot be written as they are; the others have not been written either.
    Rejected(Vec<Rejected>),
    /// Rows changed or went since they were read; nothing was written. Read them again.
    Changed(Vec<AtomEmbeddingId>),
    /// Another run has the database.
    FenceLost,
}

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    pub run: RunId,
    pub fence: FencingNumber,
}

/// A connection that writes batches.
#[derive(Debug)]
pub struct Writer {
    endpoint: Endpoint,
    lock_timeout: Duration,
    connection: Connection,
    ticket: Ticket,
    conflicts: Sql,
    known: KnownAtoms,
}

impl Writer {
    /// Opens the connection and creates its temporary tables. `has_last_updated`: the source tells when a row changed.
    ///
    /// # Errors
    /// As `Connection::open`.
    pub async fn open(
        endpoint: &Endpoint,
        ticket: Ticket,
        has_last_updated: bool,
        lock_timeout: Duration,
    ) -> Result<Self, Failure> {
        let column = Identifier::new("LastUpdated")
            .ok()
            .filter(|_| has_last_updated);
        let fills: Vec<_> = column
            .iter()
            .map(|name| ("LastUpdated", Fragment::identifier(name)))
            .collect();
        Ok(Self {
            connection: connect(endpoint, lock_timeout).await?,
            endpoint: endpoint.clone(),
            lock_timeout,
            ticket,
            conflicts: CONFLICTS.with(&fills),
            known: KnownAtoms::default(),
        })
    }

    /// Replaces a lost connection; what this writer has learnt stays.
    ///
    /// # Errors
    /// As `Connection::open`.
    pub async fn reconnect(&mut self) -> Result<(), Failure> {
        self.connection = connect(&self.endpoint, self.lock_timeout).await?;
        Ok(())
    }

    /// Forgets the atoms it knows, after a foreign key said that one is gone.
    pub fn forget_atoms(&mut self) {
        self.known.forget();
    }

    /// Writes a batch in one transaction.
    ///
    /// # Errors
    /// See `WriteFailure`; except for `Unknown`, nothing of the batch is in the database.
    pub async fn write(
        &mut self,
        embeddings: &[DecodedEmbedding],
    ) -> Result<Written, WriteFailure> {
        match self.transaction(embeddings).await {
            Ok((written, learnt)) => match self.connection.commit().await {
                Ok(()) => {
                    self.known.learn(learnt);
                    Ok(written)
                }
                Err(failure @ Failure::Server { .. }) => {
                    self.roll_back().await;
                    Err(WriteFailure::NotCommitted(failure))
                }
                Err(failure) => Err(WriteFailure::Unknown(failure)),
            },
            Err(failure) => {
                self.roll_back().await;
                Err(failure)
            }
        }
    }

    /// A lost connection has rolled back by itself (XACT_ABORT), so a failure here changes nothing.
    async fn roll_back(&mut self) {
        if let Err(failure) = self.connection.rollback().await {
            tracing::debug!(%failure, "rollback after a failed batch");
        }
    }

    async fn transaction(
        &mut self,
        embeddings: &[DecodedEmbedding],
    ) -> Result<(Written, HashMap<AtomValue, AtomId>), WriteFailure> {
        self.connection.begin().await?;
        self.check_fence().await?;
        self.connection.batch(&CLEAR_TABLES.sql()).await?;
        let types = self.relation_types(embeddings).await?;
        let unknown = self.known.unknown(embeddings);
        let (new_atoms, found) = self.atoms(&unknown, embeddings).await?;
        let id_of = |known: &KnownAtoms, value: AtomValue| {
            found.get(&value).copied().or_else(|| known.get(value))
        };
        let known = &self.known;
        let relations = relation_rows(embeddings, &types, |value| id_of(known, value));
        let written = self
            .connection
            .bulk("dbo.AtomRelations", RELATION_COLUMNS, relations)
            .await?;
        let counts = count_references(embeddings, |value| id_of(&self.known, value));
        let distinct = counts.len() as u64;
        self.connection
            .bulk("#batch_count", COUNT_COLUMNS, counts.into_iter())
            .await?;
        let updated = self.connection.batch_row(&ADD_COUNTS.sql()).await?;
        expect(
            "add_reference_counts",
            updated.integer("RowsWritten")?,
            distinct,
        )?;
        self.progress(embeddings, &types).await?;
        let written = Written {
            embeddings: embeddings.len() as u64,
            relations: written,
            atoms: new_atoms,
        };
        self.watermark(embeddings, written).await?;
        Ok((written, found))
    }

    async fn check_fence(&mut self) -> Result<(), WriteFailure> {
        let checked = self
            .connection
            .rows(&CHECK_FENCE.sql(), &[&self.ticket.fence.0])
            .await;
        match checked {
            Ok(_) => Ok(()),
            Err(failure) if failure.number() == Some(FENCE_LOST) => Err(WriteFailure::FenceLost),
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
        let mut taken = Taken::new();
        for row in self
            .connection
            .rows(&RELATION_TYPES.sql(), &[&list])
            .await?
        {
            taken
                .entry(AtomId(row.integer("SourceAtomId")?))
                .or_default()
                .insert(row.text("RelationType")?);
        }
        Ok(assign(embeddings, &mut taken))
    }

    /// Creates the atoms that are missing and reads the ids of all unknown ones: (created, value to id).
    async fn atoms(
        &mut self,
        unknown: &[AtomValue],
        embeddings: &[DecodedEmbedding],
    ) -> Result<(u64, HashMap<AtomValue, AtomId>), WriteFailure> {
        if unknown.is_empty() {
            return Ok((0, HashMap::new()));
        }
        let by_hash: HashMap<[u8; 32], AtomValue> = unknown
            .iter()
            .map(|value| (value.content_hash().0, *value))
            .collect();
        let rows = by_hash.iter().map(|(hash, value)| {
            vec![
                hash.to_vec().into_sql(),
                value.bytes().to_vec().into_sql(),
                canonical_text(value.get()).into_sql(),
            ]
        });
        self.connection
            .bulk("#batch_value", VALUE_COLUMNS, rows)
            .await?;
        let created = self.connection.batch_row(&INSERT_ATOMS.sql()).await?;
        let created = u64::try_from(created.integer("RowsWritten")?).unwrap_or(0);
        let mut found = HashMap::with_capacity(unknown.len());
        let mut foreign: HashMap<AtomValue, String> = HashMap::new();
        for row in self.connection.rows(&SELECT_ATOMS.sql(), &[]).await? {
            let hash: &[u8] = row.need("ContentHash")?;
            let Some(value) = <[u8; 32]>::try_from(hash)
                .ok()
                .and_then(|hash| by_hash.get(&hash).copied())
            else {
                continue;
            };
            let id = AtomId(row.integer("AtomId")?);
            if row.opt::<&[u8]>("AtomicValue")? == Some(value.bytes().as_slice()) {
                found.insert(value, id);
            } else {
                foreign.insert(
                    value,
                    format!(
                        "atom {id} has ContentHash {} but AtomicValue is not the 4 bytes of {}",
                        value.content_hash(),
                        canonical_text(value.get())
                    ),
                );
            }
        }
        if !foreign.is_empty() {
            return Err(WriteFailure::Rejected(conflicts(embeddings, &foreign)));
        }
        expect(
            "select_batch_atoms",
            i64::try_from(found.len()).unwrap_or(-1),
            unknown.len() as u64,
        )?;
        Ok((created, found))
    }

    async fn progress(
        &mut self,
        embeddings: &[DecodedEmbedding],
        types: &[String],
    ) -> Result<(), WriteFailure> {
        let run = self.ticket.run;
        let rows = embeddings.iter().zip(types).map(|(embedding, kind)| {
            vec![
                embedding.id.0.into_sql(),
                i32::try_from(embedding.distinct())
                    .unwrap_or(i32::MAX)
                    .into_sql(),
                i32::try_from(embedding.values.len())
                    .unwrap_or(i32::MAX)
                    .into_sql(),
                kind.clone().into_sql(),
                embedding.digest.0.to_vec().into_sql(),
                run.0.into_sql(),
                embedding.last_updated.into_sql(),
            ]
        });
        self.connection
            .bulk("#batch_progress", PROGRESS_COLUMNS, rows)
            .await?;
        let mut changed = Vec::new();
        for row in self.connection.rows(&self.conflicts, &[]).await? {
            changed.push(AtomEmbeddingId(row.integer("AtomEmbeddingId")?));
        }
        if !changed.is_empty() {
            return Err(WriteFailure::Changed(changed));
        }
        let inserted = self.connection.batch_row(&INSERT_PROGRESS.sql()).await?;
        expect(
            "insert_progress",
            inserted.integer("RowsWritten")?,
            embeddings.len() as u64,
        )
    }

    async fn watermark(
        &mut self,
        embeddings: &[DecodedEmbedding],
        written: Written,
    ) -> Result<(), WriteFailure> {
        let last = embeddings
            .iter()
            .map(|embedding| embedding.id.0)
            .max()
            .unwrap_or(0);
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let end: Option<i64> = None;
        self.connection
            .rows(
                &WATERMARK.sql(),
                &[
                    &self.ticket.run.0,
                    &0i32,
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
                &[&json!(ids).to_string(), &self.ticket.run.0],
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
                        &self.ticket.run.0,
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
fn expect(statement: &str, found: i64, wanted: u64) -> Result<(), WriteFailure> {
    if u64::try_from(found) == Ok(wanted) {
        return Ok(());
    }
    Err(WriteFailure::NotCommitted(Failure::Protocol {
        statement: statement.to_owned(),
        cause: format!("{found} rows, expected {wanted}"),
    }))
}

fn conflicts(
    embeddings: &[DecodedEmbedding],
    foreign: &HashMap<AtomValue, String>,
) -> Vec<Rejected> {
    embeddings
        .iter()
        .filter_map(|embedding| {
            let message = embedding
                .values
                .iter()
                .find_map(|value| foreign.get(value))?;
            Some(Rejected {
                id: embedding.id,
                reason: "atom_conflict",
                message: message.clone(),
                error_number: None,
            })
        })
        .collect()
}

/// Rows of dbo.AtomRelations; only position 0 carries the coordinates, so filtered indexes hold one row per vector.
fn relation_rows<'a>(
    embeddings: &'a [DecodedEmbedding],
    types: &'a [String],
    id_of: impl Fn(AtomValue) -> Option<AtomId> + Copy + 'a,
) -> impl Iterator<Item = Vec<ColumnData<'static>>> + 'a {
    embeddings
        .iter()
        .zip(types)
        .flat_map(move |(embedding, kind)| {
            embedding
                .values
                .iter()
                .enumerate()
                .filter_map(move |(index, value)| {
                    let target = id_of(*value)?;
                    let place = if index == 0 { embedding.position } else { None };
                    Some(relation_row(embedding, kind, index, target, place))
                })
        })
}

fn relation_row(
    embedding: &DecodedEmbedding,
    kind: &str,
    index: usize,
    target: AtomId,
    place: Option<[f64; 3]>,
) -> Vec<ColumnData<'static>> {
    let bucket = place.map(|place| place.map(|coordinate| (coordinate * 100.0).floor()));
    let part = |at: usize| bucket.map(|bucket| bucket[at] as i32);
    let coordinate = |at: usize| place.map(|place| place[at]);
    vec![
        embedding.atom.0.into_sql(),
        target.0.into_sql(),
        kind.to_owned().into_sql(),
        i32::try_from(index).unwrap_or(i32::MAX).into_sql(),
        bucket
            .map(|[x, y, z]| (x as i64) * 1_000_000 + (y as i64) * 1_000 + z as i64)
            .into_sql(),
        part(0).into_sql(),
        part(1).into_sql(),
        part(2).into_sql(),
        coordinate(0).into_sql(),
        coordinate(1).into_sql(),
        coordinate(2).into_sql(),
        embedding.tenant.into_sql(),
    ]
}

/// (AtomId, number of relations) of the batch, in order of AtomId so that two writers lock in one order.
fn count_references(
    embeddings: &[DecodedEmbedding],
    id_of: impl Fn(AtomValue) -> Option<AtomId>,
) -> Vec<Vec<ColumnData<'static>>> {
    let mut counts: std::collections::BTreeMap<i64, i64> = std::collections::BTreeMap::new();
    for value in embeddings.iter().flat_map(|embedding| &embedding.values) {
        if let Some(id) = id_of(*value) {
            *counts.entry(id.0).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .map(|(id, count)| vec![id.into_sql(), count.into_sql()])
        .collect()
}
