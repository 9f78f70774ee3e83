-- How much there is to do: totals and id range, exactly counted.
-- Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, one row: Embeddings bigint, WithVector bigint, Migrated bigint (with vector and progress row), Pending bigint,
-- FirstId bigint, LastId bigint (NULL without rows), FirstPendingId bigint (NULL when done), PendingComponents bigint.
SELECT COUNT_BIG(*) AS Embeddings,
       COUNT_BIG(t.VectorId) AS WithVector,
       COUNT_BIG(t.MigratedId) AS Migrated,
       COUNT_BIG(t.PendingId) AS Pending,
       MIN(t.AtomEmbeddingId) AS FirstId,
       MAX(t.AtomEmbeddingId) AS LastId,
       MIN(t.PendingId) AS FirstPendingId,
       ISNULL(SUM(CASE WHEN t.PendingId IS NULL THEN CAST(0 AS bigint) ELSE CAST(t.Dimension AS bigint) END), 0) AS PendingComponents
FROM (SELECT e.AtomEmbeddingId, e.Dimension,
             CASE WHEN e.EmbeddingVector IS NOT NULL THEN e.AtomEmbeddingId END AS VectorId,
             CASE WHEN e.EmbeddingVector IS NOT NULL AND p.AtomEmbeddingId IS NOT NULL THEN e.AtomEmbeddingId END AS MigratedId,
             CASE WHEN e.EmbeddingVector IS NOT NULL AND p.AtomEmbeddingId IS NULL THEN e.AtomEmbeddingId END AS PendingId
      FROM dbo.AtomEmbeddings AS e
      LEFT JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId) AS t;
