//! How long a rollback of the present size would take: measured on a sample inside a transaction that is rolled back.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::batches::{batch_after, take_back};
use super::{Scope, Versioning, fold_deltas};
use crate::connect::Connection;
use crate::engine::Stop;
use crate::ids::AtomEmbeddingId;
use crate::state::FencingNumber;

/// Batches that are tried.
const SAMPLE: usize = 3;

/// What the drill found.
#[derive(Debug, Clone, Serialize)]
pub struct Drill {
    pub sampled_embeddings: u64,
    pub sampled_relations: u64,
    #[serde(serialize_with = "seconds")]
    pub sampled_in: Duration,
    #[serde(serialize_with = "seconds")]
    pub undone_in: Duration,
    pub embeddings: i64,
    pub relations: i64,
    /// None without a relation to sample.
    pub estimated_seconds: Option<f64>,
    /// Versioning was on during the sample, and would be off during a rollback.
    pub wrote_history: bool,
}

fn seconds<S: serde::Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(value.as_secs_f64())
}

/// Takes a few batches back in one transaction, measures, and rolls it back.
///
/// # Errors
/// The guard of a batch, a failed statement.
pub async fn drill(
    connection: &mut Connection,
    fence: FencingNumber,
    scope: &Scope,
    batch_relations: i64,
) -> Result<Drill, Stop> {
    let wrote_history = Versioning::read(connection).await?.is_some();
    let mut drill = Drill {
        sampled_embeddings: 0,
        sampled_relations: 0,
        sampled_in: Duration::ZERO,
        undone_in: Duration::ZERO,
        embeddings: scope.embeddings,
        relations: scope.relations,
        estimated_seconds: None,
        wrote_history,
    };
    connection.begin().await?;
    let sampled = sample(connection, fence, scope, batch_relations, &mut drill).await;
    let started = Instant::now();
    let undone = connection.rollback().await;
    drill.undone_in = started.elapsed();
    sampled?;
    undone?;
    if drill.sampled_relations > 0 {
        let each = drill.sampled_in.as_secs_f64() / drill.sampled_relations as f64;
        drill.estimated_seconds = Some(each * drill.relations as f64);
    }
    Ok(drill)
}

async fn sample(
    connection: &mut Connection,
    fence: FencingNumber,
    scope: &Scope,
    batch_relations: i64,
    drill: &mut Drill,
) -> Result<(), Stop> {
    fold_deltas(connection).await?;
    let mut after = AtomEmbeddingId(i64::MIN);
    for _ in 0..SAMPLE {
        let started = Instant::now();
        let ids = batch_after(connection, after, batch_relations).await?;
        let Some(last) = ids.last().copied() else {
            return Ok(());
        };
        after = last;
        let batch = take_back(connection, fence, scope.since, &ids).await?;
        drill.sampled_in += started.elapsed();
        drill.sampled_embeddings += batch.embeddings;
        drill.sampled_relations += batch.relations;
    }
    Ok(())
}
