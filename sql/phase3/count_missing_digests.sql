-- Gate: every migrated embedding has a digest on record, without which nothing can be proven once the column is gone.
-- Reads: dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: batch or RPC, no parameters. Result, one row:
-- Migrated bigint, WithoutDigest bigint, FirstId bigint.
SELECT COUNT_BIG(*) AS Migrated, COUNT_BIG(t.MissingId) AS WithoutDigest, MIN(t.MissingId) AS FirstId
FROM (SELECT CASE WHEN p.VectorDigest IS NULL THEN p.AtomEmbeddingId END AS MissingId FROM dbo.EmbeddingMigrationProgress AS p) AS t;
