-- Gate: no progress row whose embedding is gone. Its relations must go too. Reads: dbo.EmbeddingMigrationProgress,
-- dbo.AtomEmbeddings. Writes: nothing. Mode: RPC. Parameter: @P1 int: at most so many rows.
-- Result, by id: AtomEmbeddingId bigint, RelationType nvarchar(128), RelationCount int, MigratedAt datetime2(7).
SELECT TOP (@P1) p.AtomEmbeddingId, ISNULL(p.RelationType, N'embedding_dimension') AS RelationType, p.RelationCount, p.MigratedAt
FROM dbo.EmbeddingMigrationProgress AS p
WHERE NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings AS e WHERE e.AtomEmbeddingId = p.AtomEmbeddingId)
ORDER BY p.AtomEmbeddingId;
