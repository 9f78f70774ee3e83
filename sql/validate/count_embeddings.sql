-- Gate: is every embedding with a vector migrated? Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: TotalEmbeddings bigint (all rows, as deployment-summary.md counts),
-- WithVector bigint, Migrated bigint (with vector and progress row), Pending bigint (with vector, no progress row),
-- MigratedWithoutVector bigint (progress row, vector NULL now), FirstPendingId bigint.
SELECT COUNT_BIG(*) AS TotalEmbeddings, COUNT_BIG(t.VectorId) AS WithVector, COUNT_BIG(t.MigratedId) AS Migrated,
       COUNT_BIG(t.PendingId) AS Pending, COUNT_BIG(t.StaleId) AS MigratedWithoutVector, MIN(t.PendingId) AS FirstPendingId
FROM (SELECT CASE WHEN e.EmbeddingVector IS NOT NULL THEN e.AtomEmbeddingId END AS VectorId,
             CASE WHEN e.EmbeddingVector IS NOT NULL AND p.AtomEmbeddingId IS NOT NULL THEN e.AtomEmbeddingId END AS MigratedId,
             CASE WHEN e.EmbeddingVector IS NOT NULL AND p.AtomEmbeddingId IS NULL THEN e.AtomEmbeddingId END AS PendingId,
             CASE WHEN e.EmbeddingVector IS NULL AND p.AtomEmbeddingId IS NOT NULL THEN e.AtomEmbeddingId END AS StaleId
      FROM dbo.AtomEmbeddings AS e
      LEFT JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId) AS t;
