-- The same after phase 3, when EmbeddingVector is gone and naming it would be Msg 207.
-- Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, one row: TotalEmbeddings bigint, Migrated bigint, NotMigrated bigint, ProgressRows bigint (more than Migrated when an
-- embedding was deleted after it was migrated).
SELECT COUNT_BIG(*) AS TotalEmbeddings, COUNT_BIG(p.AtomEmbeddingId) AS Migrated, COUNT_BIG(*) - COUNT_BIG(p.AtomEmbeddingId) AS NotMigrated,
       (SELECT COUNT_BIG(*) FROM dbo.EmbeddingMigrationProgress) AS ProgressRows
FROM dbo.AtomEmbeddings AS e
LEFT JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId;
