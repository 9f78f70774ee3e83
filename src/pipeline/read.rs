//! The reader: its own connection, keyset order, exact values.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use serde_json::json;
use tiberius::Row;

use super::batch::Batch;
use super::decode::{Parsed, SourceRow, parse};
use super::{Rejected, SourceColumns};
use crate::connect::{Connection, Endpoint, Failure, Purpose, RowExt};
use crate::engine::Lap;
use crate::ids::{AtomEmbeddingId, AtomId};
use crate::tsql::{Sql, Statement, embedded};

const READ_BATCH: Statement = embedded!("phase2/read_batch.sql");
const READ_EMBEDDINGS: Statement = embedded!("phase2/read_embeddings.sql");
const UNIT_VECTORS: Statement = embedded!("phase2/create_unit_vectors.sql");
const ADD_UNIT_VECTORS: Statement = embedded!("phase2/add_unit_vectors.sql");
const RESOLVE: Statement = embedded!("phase2/resolve_components.sql");

/// How often a row that changes while it is read is read again.
const REREADS: usize = 3;

/// Reads and decodes embeddings.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    columns: SourceColumns,
    read_batch: Sql,
    read_embeddings: Sql,
    /// Indexes of the unit vectors that the connection has; None: not even the table for them.
    unit_vectors: Option<BTreeSet<u32>>,
}

impl Reader {
    /// # Errors
    /// As `Connection::open`.
    pub async fn open(
        endpoint: &Endpoint,
        columns: SourceColumns,
        lock_timeout: Duration,
    ) -> Result<Self, Failure> {
        let fills = columns.fills();
        Ok(Self {
            connection: Connection::open(endpoint, Purpose::Reader, lock_timeout).await?,
            read_batch: READ_BATCH.with(&fills),
            read_embeddings: READ_EMBEDDINGS.with(&fills),
            columns,
            unit_vectors: None,
        })
    }

    /// The reader's connection, between reads.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The next embeddings above `after`, up to `upto`, that have a vector and no progress row. An empty batch without
    /// `last_id` means that none is left.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn next(
        &mut self,
        after: AtomEmbeddingId,
        upto: AtomEmbeddingId,
        count: usize,
    ) -> Result<Batch, Failure> {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let mut rows = Rows::of(&self.columns);
        let mut lap = Lap::start();
        self.connection
            .each_row(&self.read_batch, &[&after.0, &upto.0, &count], |row| {
                rows.take(row)
            })
            .await?;
        self.settle(rows, lap.lap()).await
    }

    /// Named embeddings, migrated or not. Rows without a vector, and ids that do not exist, are left out.
    ///
    /// # Errors
    /// A failed statement.
    pub async fn named(&mut self, ids: &[AtomEmbeddingId]) -> Result<Batch, Failure> {
        let mut lap = Lap::start();
        let rows = self.read_named(ids).await?;
        self.settle(rows, lap.lap()).await
    }

    async fn read_named(&mut self, ids: &[AtomEmbeddingId]) -> Result<Rows, Failure> {
        let list = json!(ids).to_string();
        let mut rows = Rows::of(&self.columns);
        self.connection
            .each_row(&self.read_embeddings, &[&list], |row| rows.take(row))
            .await?;
        Ok(rows)
    }

    /// A batch of exact values from rows that took so long to come and to decode.
    async fn settle(&mut self, rows: Rows, took: Duration) -> Result<Batch, Failure> {
        let Rows {
            mut parsed,
            rejected,
            last_id,
            decoding,
            ..
        } = rows;
        let mut batch = Batch {
            rejected,
            last_id,
            resolved: parsed
                .iter()
                .map(|one| one.decoded.ambiguous.len() as u64)
                .sum(),
            ..Batch::default()
        };
        batch.stages.read = took.saturating_sub(decoding);
        let mut lap = Lap::start();
        self.resolve(&mut parsed, &mut batch.rejected).await?;
        batch.stages.resolve = lap.lap();
        batch.embeddings = parsed.into_iter().map(Parsed::finish).collect();
        batch.stages.decode = decoding + lap.lap();
        Ok(batch)
    }

    /// Settles the ambiguous components; a row that changed meanwhile is read again, a few times.
    async fn resolve(
        &mut self,
        parsed: &mut Vec<Parsed>,
        rejected: &mut Vec<Rejected>,
    ) -> Result<(), Failure> {
        let mut changed = self.ask(parsed.as_mut_slice()).await?;
        for _ in 0..REREADS {
            if changed.is_empty() {
                return Ok(());
            }
            parsed.retain(|one| !changed.contains(&one.row.id));
            let mut again = self.read_named(&changed).await?;
            rejected.append(&mut again.rejected);
            changed = self.ask(&mut again.parsed).await?;
            parsed.append(&mut again.parsed);
            parsed.sort_by_key(|one| one.row.id);
        }
        parsed.retain(|one| !changed.contains(&one.row.id));
        rejected.extend(changed.into_iter().map(|id| Rejected {
            id,
            reason: "changing",
            message: format!("it changed during each of {REREADS} reads"),
            error_number: None,
        }));
        Ok(())
    }

    /// Only those that are asked for, so that the first batch does not wait for vectors that no batch may need.
    async fn add_unit_vectors(&mut self, parsed: &[Parsed]) -> Result<(), Failure> {
        let wanted: BTreeSet<u32> = parsed
            .iter()
            .flat_map(|one| {
                one.decoded
                    .ambiguous
                    .iter()
                    .map(|component| component.index)
            })
            .collect();
        let fills = self.columns.fills();
        if self.unit_vectors.is_none() {
            self.connection.batch(&UNIT_VECTORS.with(&fills)).await?;
        }
        let here = self.unit_vectors.get_or_insert_default();
        let missing: Vec<u32> = wanted.difference(here).copied().collect();
        if !missing.is_empty() {
            let list = json!(missing).to_string();
            self.connection
                .rows(&ADD_UNIT_VECTORS.with(&fills), &[&list])
                .await?;
            here.extend(missing);
        }
        Ok(())
    }

    /// Asks the server for the ambiguous components; returns the rows whose answer does not fit their text.
    async fn ask(&mut self, parsed: &mut [Parsed]) -> Result<Vec<AtomEmbeddingId>, Failure> {
        let questions: Vec<_> = parsed
            .iter()
            .flat_map(|one| {
                let id = one.row.id;
                one.decoded
                    .ambiguous
                    .iter()
                    .map(move |ambiguous| json!({ "e": id, "i": ambiguous.index }))
            })
            .collect();
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        self.add_unit_vectors(parsed).await?;
        let list = json!(questions).to_string();
        let rows = self.connection.rows(&RESOLVE.sql(), &[&list]).await?;
        let mut answers: HashMap<AtomEmbeddingId, Vec<(usize, f32)>> = HashMap::new();
        for row in &rows {
            let index = usize::try_from(row.integer("ComponentIndex")?).unwrap_or(usize::MAX);
            answers
                .entry(AtomEmbeddingId(row.integer("AtomEmbeddingId")?))
                .or_default()
                .push((index, row.need("ComponentValue")?));
        }
        Ok(parsed
            .iter_mut()
            .filter_map(|one| {
                let answers = answers.remove(&one.row.id).unwrap_or_default();
                let fits = answers.len() == one.decoded.ambiguous.len()
                    && answers
                        .into_iter()
                        .all(|(index, value)| one.resolve(index, value).is_ok());
                (!fits).then_some(one.row.id)
            })
            .collect())
    }
}

/// Rows as they arrive: the text of a vector, 16 bytes a component, is decoded at once and not kept.
struct Rows {
    dimensions: usize,
    parsed: Vec<Parsed>,
    rejected: Vec<Rejected>,
    last_id: Option<AtomEmbeddingId>,
    decoding: Duration,
}

impl Rows {
    fn of(columns: &SourceColumns) -> Self {
        Self {
            dimensions: columns.dimensions,
            parsed: Vec::new(),
            rejected: Vec::new(),
            last_id: None,
            decoding: Duration::ZERO,
        }
    }

    fn take(&mut self, row: &Row) -> Result<(), Failure> {
        let Some(text) = row.opt::<&str>("VectorText")? else {
            return Ok(());
        };
        let source = source_row(row)?;
        self.last_id = self.last_id.max(Some(source.id));
        let mut lap = Lap::start();
        match parse(source, text, self.dimensions) {
            Ok(one) => self.parsed.push(one),
            Err(rejected) => self.rejected.push(rejected),
        }
        self.decoding += lap.lap();
        Ok(())
    }
}

fn source_row(row: &Row) -> Result<SourceRow, Failure> {
    let position = [
        row.opt::<f64>("SpatialProjX")?,
        row.opt::<f64>("SpatialProjY")?,
        row.opt::<f64>("SpatialProjZ")?,
    ];
    Ok(SourceRow {
        id: AtomEmbeddingId(row.integer("AtomEmbeddingId")?),
        atom: AtomId(row.integer("AtomId")?),
        dimension: row.integer("Dimension")?,
        tenant: row.opt("TenantId")?.unwrap_or(0),
        model: row.opt("ModelId")?,
        embedding_type: row.opt::<&str>("EmbeddingType")?.map(str::to_owned),
        position: match position {
            [Some(x), Some(y), Some(z)] => Some([x, y, z]),
            _ => None,
        },
        last_updated: row.opt("LastUpdated")?,
    })
}
