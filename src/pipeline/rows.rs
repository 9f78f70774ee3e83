//! Rows of the bulk loads, built as they are sent.

use tiberius::{ColumnData, IntoSql, TokenRow};

use super::DecodedEmbedding;
use super::atoms::{BatchValue, BatchValues};
use crate::connect::BulkColumns;
use crate::ids::{AtomId, RunId};
use crate::vector::{ContentHash, canonical_text};

pub const VALUE_COLUMNS: BulkColumns = &[
    "ContentHash",
    "AtomicValue",
    "CanonicalText",
    "RelationCount",
];
pub const DELTA_COLUMNS: BulkColumns = &["atom_id", "delta", "run_id"];
pub const PROGRESS_COLUMNS: BulkColumns = &[
    "AtomEmbeddingId",
    "SourceAtomId",
    "AtomCount",
    "RelationCount",
    "RelationType",
    "VectorDigest",
    "RunId",
    "LastUpdated",
];
pub const RELATION_COLUMNS: BulkColumns = &[
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

fn row<'a, const N: usize>(values: [ColumnData<'a>; N]) -> TokenRow<'a> {
    let mut row = TokenRow::with_capacity(N);
    values.into_iter().for_each(|value| row.push(value));
    row
}

/// Rows of #batch_value: content hash and slot of each value.
pub fn values<'a>(
    hashed: &'a [(ContentHash, usize)],
    values: &'a BatchValues,
) -> impl Iterator<Item = TokenRow<'a>> {
    hashed.iter().map(|(hash, slot)| {
        let BatchValue { value, count, .. } = values.values[*slot];
        row([
            hash.0.as_slice().into_sql(),
            value.bytes().to_vec().into_sql(),
            canonical_text(value.get()).into_sql(),
            count.into_sql(),
        ])
    })
}

/// Rows of dbo.AtomRelations; only position 0 carries the coordinates, so filtered indexes hold one row per vector. A value
/// without an atom has no row: the count of rows tells.
pub fn relations<'a>(
    embeddings: &'a [DecodedEmbedding],
    types: &'a [String],
    values: &'a BatchValues,
) -> impl Iterator<Item = TokenRow<'a>> {
    let components = embeddings
        .iter()
        .zip(types)
        .flat_map(|(embedding, kind)| {
            (0..embedding.values.len()).map(move |index| (embedding, kind, index))
        })
        .zip(values.targets());
    components.filter_map(|((embedding, kind, index), target)| {
        let place = if index == 0 { embedding.position } else { None };
        Some(relation(embedding, kind, index, target?, place))
    })
}

fn relation<'a>(
    embedding: &DecodedEmbedding,
    kind: &'a str,
    index: usize,
    target: AtomId,
    place: Option<[f64; 3]>,
) -> TokenRow<'a> {
    let bucket = place.map(|place| place.map(|coordinate| (coordinate * 100.0).floor()));
    let part = |at: usize| bucket.map(|bucket| bucket[at] as i32);
    let coordinate = |at: usize| place.map(|place| place[at]);
    row([
        embedding.atom.0.into_sql(),
        target.0.into_sql(),
        kind.into_sql(),
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
    ])
}

/// Rows of hartonomous.reference_count_deltas: (atom, relations of this batch that point to it), by AtomId. Atoms that the
/// batch itself created have their count already.
pub fn deltas<'a>(
    values: &BatchValues,
    run: RunId,
) -> impl Iterator<Item = TokenRow<'a>> + use<'a> {
    let mut rows: Vec<(i64, i64)> = values
        .values
        .iter()
        .filter(|one| !one.created)
        .filter_map(|one| Some((one.atom?.0, one.count)))
        .collect();
    rows.sort_unstable();
    rows.into_iter()
        .map(move |(atom, count)| row([atom.into_sql(), count.into_sql(), run.0.into_sql()]))
}

/// Rows of #batch_progress.
pub fn progress<'a>(
    embeddings: &'a [DecodedEmbedding],
    types: &'a [String],
    values: &'a BatchValues,
    run: RunId,
) -> impl Iterator<Item = TokenRow<'a>> {
    let counted = embeddings.iter().zip(types).zip(&values.distinct);
    counted.map(move |((embedding, kind), distinct)| {
        row([
            embedding.id.0.into_sql(),
            embedding.atom.0.into_sql(),
            i32::try_from(*distinct).unwrap_or(i32::MAX).into_sql(),
            i32::try_from(embedding.values.len())
                .unwrap_or(i32::MAX)
                .into_sql(),
            kind.as_str().into_sql(),
            embedding.digest.0.as_slice().into_sql(),
            run.0.into_sql(),
            embedding.last_updated.into_sql(),
        ])
    })
}
