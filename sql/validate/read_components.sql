-- The components of a key range as they are stored, for the client's digest check. Reads: dbo.EmbeddingMigrationProgress,
-- dbo.AtomEmbeddings, dbo.AtomRelations, dbo.Atoms. Writes: nothing. Mode: RPC. Works after phase 3 too.
-- Parameters: @P1 bigint: AtomEmbeddingIds above it; @P2 bigint: up to it.
-- Result, by AtomEmbeddingId, SequenceIndex, AtomRelationId: AtomEmbeddingId bigint, SequenceIndex int, AtomicValue varbinary(64).
SELECT p.AtomEmbeddingId, r.SequenceIndex, a.AtomicValue
FROM dbo.EmbeddingMigrationProgress AS p
JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId
JOIN dbo.AtomRelations AS r ON r.SourceAtomId = e.AtomId AND r.RelationType = ISNULL(p.RelationType, N'embedding_dimension')
JOIN dbo.Atoms AS a ON a.AtomId = r.TargetAtomId
WHERE p.AtomEmbeddingId > @P1 AND p.AtomEmbeddingId <= @P2
ORDER BY p.AtomEmbeddingId, r.SequenceIndex, r.AtomRelationId;
