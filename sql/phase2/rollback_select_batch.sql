-- Rollback: the next migrated embeddings to take back. Reads: dbo.EmbeddingMigrationProgress, dbo.AtomEmbeddings. Writes: nothing.
-- Mode: RPC. Parameters: @P1 bigint: AtomEmbeddingIds above it; @P2 int: at most so many rows. Result, by id:
-- AtomEmbeddingId bigint, AtomId bigint (NULL: the embedding is gone), RelationType nvarchar(128), RelationCount int.
SELECT TOP (@P2) p.AtomEmbeddingId, e.AtomId, ISNULL(p.RelationType, N'embedding_dimension') AS RelationType, p.RelationCount
FROM dbo.EmbeddingMigrationProgress AS p
LEFT JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId
WHERE p.AtomEmbeddingId > @P1
ORDER BY p.AtomEmbeddingId;
