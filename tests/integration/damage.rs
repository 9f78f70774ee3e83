//! Damage of every kind that the gates of phase 2 measure.

/// What somebody does to a migrated database; embedding 6 is not migrated.
pub const OF_PHASE2: &str = "INSERT INTO hartonomous.failed_embeddings (atom_embedding_id, run_id, reason, message) \
         SELECT 6, MAX(run_id), N'text', N'made up' FROM hartonomous.runs; \
         UPDATE dbo.EmbeddingMigrationProgress SET RelationCount = RelationCount + 1, VectorDigest = 0x00 \
          WHERE AtomEmbeddingId = 2; \
         UPDATE dbo.AtomRelations SET SequenceIndex = 1 WHERE AtomRelationId = \
           (SELECT MIN(AtomRelationId) FROM dbo.AtomRelations); \
         INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, CanonicalText) \
         VALUES (CAST(HASHBYTES('SHA2_256', 'nobody') AS binary(32)), N'numeric', N'float32', 0x3f000000, N'nobody'); \
         UPDATE dbo.Atoms SET ReferenceCount = ReferenceCount + 1 WHERE AtomId = \
           (SELECT MIN(AtomId) FROM dbo.Atoms WHERE Modality = N'numeric'); \
         ALTER TABLE dbo.AtomRelations NOCHECK CONSTRAINT ALL; \
         DROP VIEW dbo.vw_EmbeddingVectors; \
         ALTER INDEX IX_AtomRelations_RelationType ON dbo.AtomRelations DISABLE; \
         INSERT INTO hartonomous.steps (run_id, phase, step, state, created) \
         SELECT MAX(run_id), N'phase2', N'load.index.IX_AtomRelations_RelationType', N'started', 0 FROM hartonomous.runs;";

/// The gates that fail then.
pub const GATES_OF_PHASE2: &[&str] = &[
    "phase2.migrated",
    "phase2.failed_embeddings",
    "phase2.dimension_mismatches",
    "phase2.exactness",
    "phase2.server_proof",
    "phase2.positions",
    "phase2.deduplication",
    "phase2.reference_counts",
    "phase2.orphans",
    "phase2.atoms",
    "phase2.foreign_keys",
    "phase2.view",
    "phase2.indexes",
];
