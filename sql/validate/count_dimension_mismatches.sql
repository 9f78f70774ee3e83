-- Gate: no dimension mismatch, as deployment-summary.md asks for it. Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress.
-- Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: DimensionMismatches bigint, FirstId bigint.
SELECT COUNT_BIG(*) AS DimensionMismatches, MIN(ae.AtomEmbeddingId) AS FirstId
FROM dbo.AtomEmbeddings AS ae
INNER JOIN dbo.EmbeddingMigrationProgress AS emp ON ae.AtomEmbeddingId = emp.AtomEmbeddingId
WHERE emp.RelationCount <> ae.Dimension;
