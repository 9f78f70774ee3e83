-- How many components all vectors together have: what there is to load before the progress table exists.
-- Reads: dbo.AtomEmbeddings. Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: Components bigint.
SELECT ISNULL(SUM(CAST(e.Dimension AS bigint)), 0) AS Components
FROM dbo.AtomEmbeddings AS e
WHERE e.EmbeddingVector IS NOT NULL;
