//! What a model of a writer has in hand, and the statements that stand for the client's bulk loads.

use hartonomous::tsql::Statement;

pub const VALUES: Statement = Statement::embedded(
    "values",
    "INSERT INTO #batch_value (ContentHash, AtomicValue, CanonicalText, RelationCount)
     SELECT CAST(HASHBYTES('SHA2_256', CAST(j.v AS binary(4))) AS binary(32)), CAST(j.v AS binary(4)), CAST(j.v AS nvarchar(20)), j.n
     FROM OPENJSON(@P1) WITH (v real '$.v', n bigint '$.n') AS j;",
);
pub const RELATIONS: Statement = Statement::embedded(
    "relations",
    "INSERT INTO dbo.AtomRelations (SourceAtomId, TargetAtomId, RelationType, SequenceIndex)
     SELECT j.s, a.AtomId, N'embedding_dimension', j.i
     FROM OPENJSON(@P1) WITH (s bigint '$.s', i int '$.i', v real '$.v') AS j
     JOIN dbo.Atoms AS a ON a.ContentHash = CAST(HASHBYTES('SHA2_256', CAST(j.v AS binary(4))) AS binary(32));",
);
pub const DELTAS: Statement = Statement::embedded(
    "deltas",
    "INSERT INTO hartonomous.reference_count_deltas (atom_id, delta, run_id)
     SELECT j.a, j.n, @P2 FROM OPENJSON(@P1) WITH (a bigint '$.a', n bigint '$.n') AS j;",
);
pub const HANDED_OVER: Statement = Statement::embedded(
    "handed over",
    "INSERT INTO #batch_progress (AtomEmbeddingId, SourceAtomId, AtomCount, RelationCount, RelationType, VectorDigest, RunId, LastUpdated)
     SELECT j.e, j.s, 1, 3, N'embedding_dimension', 0x00, @P2, NULL
     FROM OPENJSON(@P1) WITH (e bigint '$.e', s bigint '$.s') AS j;",
);

/// An embedding as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub id: i64,
    pub atom: i64,
    pub values: Vec<f32>,
}

/// Distinct values with how often they occur.
pub fn counts(batch: &[Read]) -> Vec<(f32, i64)> {
    let mut counts: Vec<(f32, i64)> = Vec::new();
    for value in batch.iter().flat_map(|one| &one.values) {
        match counts.iter_mut().find(|(known, _)| known == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((*value, 1)),
        }
    }
    counts
}
