//! What a command leaves behind, without what differs between two runs that did the same: ids given out, times, numbers of runs.

use crate::database::Rows;
use crate::world::World;

/// Everything that a later command, or a person, could stand on.
#[derive(Debug, PartialEq, Eq)]
pub struct EndState {
    pub parts: Vec<(&'static str, Rows)>,
}

const ATOMS: &str = "SELECT ContentHash, AtomicValue, CanonicalText, Modality, Subtype, ReferenceCount FROM dbo.Atoms ORDER BY ContentHash";
const PROGRESS: &str = "SELECT AtomEmbeddingId, AtomCount, RelationCount, RelationType, VectorDigest \
                        FROM dbo.EmbeddingMigrationProgress ORDER BY AtomEmbeddingId";
const RELATIONS: &str = "SELECT s.CanonicalText, r.RelationType, t.ContentHash FROM dbo.AtomRelations AS r \
                         JOIN dbo.Atoms AS s ON s.AtomId = r.SourceAtomId JOIN dbo.Atoms AS t ON t.AtomId = r.TargetAtomId \
                         ORDER BY s.CanonicalText, r.RelationType, t.ContentHash";
const POSITIONS: &str = "SELECT s.CanonicalText, r.RelationType, r.SequenceIndex, t.ContentHash, r.TenantId, r.SpatialBucket, r.CoordX \
                         FROM dbo.AtomRelations AS r JOIN dbo.Atoms AS s ON s.AtomId = r.SourceAtomId \
                         JOIN dbo.Atoms AS t ON t.AtomId = r.TargetAtomId ORDER BY r.SourceAtomId, r.RelationType, r.SequenceIndex";
const TABLES: &str = "SELECT t.name, t.temporal_type_desc FROM sys.tables AS t WHERE t.schema_id = SCHEMA_ID(N'dbo') ORDER BY t.name";
const GATES: &str = "SELECT t.phase, t.gate, t.verdict FROM \
                     (SELECT phase, gate, verdict, ROW_NUMBER() OVER (PARTITION BY phase, gate ORDER BY gate_result_id DESC) AS n \
                      FROM hartonomous.gate_results) AS t WHERE t.n = 1 ORDER BY t.phase, t.gate";
/// A step that was found done is not recorded again: what counts is whether some run made its object and none dropped it since,
/// and what the object looked like then;
/// of phase 3 also whether it was taken back, since its steps decide what is done next.
const STEPS: &str = "SELECT s.phase, s.step, MAX(CASE WHEN s.created = 1 AND s.run_id > s.DroppedBy THEN 1 ELSE 0 END), \
                       MAX(CASE WHEN s.run_id > s.DroppedBy THEN s.object_sha256 END), \
                       MAX(CASE WHEN s.phase = N'phase3' AND s.run_id = s.DroppedBy THEN 1 ELSE 0 END) \
                     FROM (SELECT phase, step, created, run_id, object_sha256, \
                             MAX(CASE WHEN state = N'dropped' THEN run_id ELSE 0 END) OVER (PARTITION BY phase, step) AS DroppedBy \
                           FROM hartonomous.steps) AS s \
                     GROUP BY s.phase, s.step ORDER BY s.phase, s.step";
const FILEGROUPS: &str = "SELECT f.name, f.type FROM sys.filegroups AS f ORDER BY f.name";
const COPIED: &str = "SELECT AtomEmbeddingId, AtomId, Dimension, SpatialBucket, ModelId, EmbeddingType, TenantId, SpatialProjX \
                      FROM dbo.AtomEmbeddings_InMemory ORDER BY AtomEmbeddingId";
const COPY: &str = "SELECT c.last_id, c.rows_copied FROM hartonomous.memory_copy AS c";
const CONTROL: &str = "SELECT c.state, c.request, \
                       (SELECT COUNT(*) FROM hartonomous.reference_count_deltas), \
                       (SELECT COUNT(*) FROM hartonomous.failed_embeddings), \
                       (SELECT COUNT(*) FROM hartonomous.runs WHERE ended_at IS NULL), \
                       (SELECT TOP (1) outcome FROM hartonomous.runs ORDER BY run_id DESC) FROM hartonomous.control AS c";

impl EndState {
    pub fn of(world: &World) -> Self {
        let has = |name: &str| {
            world
                .value(&format!("SELECT OBJECT_ID(N'{name}')"))
                .is_some()
        };
        let has_column = |table: &str, name: &str| {
            world
                .value(&format!("SELECT COL_LENGTH(N'{table}', N'{name}')"))
                .is_some()
        };
        let vector = if has_column("dbo.AtomEmbeddings", "EmbeddingVector") {
            "CAST(EmbeddingVector AS varchar(max))"
        } else {
            "NULL"
        };
        let embeddings = format!(
            "SELECT AtomEmbeddingId, AtomId, Dimension, ModelId, TenantId, {vector} FROM dbo.AtomEmbeddings ORDER BY AtomEmbeddingId"
        );
        let mut parts = vec![
            ("embeddings", world.rows(&embeddings)),
            ("atoms", world.rows(ATOMS)),
            ("tables", world.rows(TABLES)),
            ("gates", world.rows(GATES)),
            ("steps", world.rows(STEPS)),
            ("control", world.rows(CONTROL)),
            ("shape", vec![vec![Some(crate::disturb::shape(world))]]),
        ];
        let relations = if has_column("dbo.AtomRelations", "SequenceIndex") {
            POSITIONS
        } else {
            RELATIONS
        };
        parts.push(("relations", world.rows(relations)));
        if has("dbo.AtomEmbeddings_InMemory") {
            parts.push(("copy", world.rows(COPIED)));
        }
        parts.push(("filegroups", world.rows(FILEGROUPS)));
        if has("hartonomous.memory_copy") {
            parts.push(("copy's mark", world.rows(COPY)));
        }
        if has("dbo.EmbeddingMigrationProgress") {
            parts.push(("progress", world.rows(PROGRESS)));
        }
        Self { parts }
    }

    /// The first part that is not the same, with the first rows that are missing and too much.
    pub fn difference(&self, undisturbed: &Self) -> Option<String> {
        let mut pairs = self.parts.iter().zip(&undisturbed.parts);
        let unequal = pairs.find(|(found, expected)| found != expected);
        if let Some(((name, found), (expected_name, expected))) = unequal {
            let missing = expected.iter().find(|row| !found.contains(row));
            let surplus = found.iter().find(|row| !expected.contains(row));
            return Some(format!(
                "{name} differ from {expected_name}; missing {missing:?}, too much {surplus:?}"
            ));
        }
        (self.parts.len() != undisturbed.parts.len()).then(|| "a table is there or not".to_owned())
    }
}
