-- Embeddings that changed after they were migrated; they are migrated again. Reads: dbo.AtomEmbeddings,
-- dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC. Parameters: @P1 bigint: AtomEmbeddingIds above it; @P2 bigint: up
-- to it; @P3 int: at most so many rows. Marker: LastUpdated; without the column no row is ever found, digests must tell.
-- Result, by id: AtomEmbeddingId bigint, LastUpdated datetime2(7), MigratedAt datetime2(7). Both clocks are the server's UTC.
SELECT TOP (@P3) e.AtomEmbeddingId, e.LastUpdated, p.MigratedAt
FROM (
    SELECT AtomEmbeddingId, /*{LastUpdated}*/CAST(NULL AS datetime2(7))/*{end}*/ AS LastUpdated
    FROM dbo.AtomEmbeddings
) AS e
JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId
WHERE e.AtomEmbeddingId > @P1 AND e.AtomEmbeddingId <= @P2 AND e.LastUpdated > p.MigratedAt
ORDER BY e.AtomEmbeddingId;
