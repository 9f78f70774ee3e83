-- The recorded digests of a key range, for the client's proof. Reads: dbo.EmbeddingMigrationProgress, dbo.AtomEmbeddings.
-- Writes: nothing. Mode: RPC. Parameters: @P1 bigint: AtomEmbeddingIds above it; @P2 bigint: up to it.
-- Result, by id: AtomEmbeddingId bigint, AtomId bigint, Dimension int, RelationCount int, RelationType nvarchar(128),
-- VectorDigest binary(32) (NULL: migrated by an earlier script). Works after phase 3 too.
SELECT p.AtomEmbeddingId, e.AtomId, e.Dimension, p.RelationCount, ISNULL(p.RelationType, N'embedding_dimension') AS RelationType,
       p.VectorDigest
FROM dbo.EmbeddingMigrationProgress AS p
JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId
WHERE p.AtomEmbeddingId > @P1 AND p.AtomEmbeddingId <= @P2
ORDER BY p.AtomEmbeddingId;
