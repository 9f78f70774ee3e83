-- Rollback: how much there is to take back, and the highest keys of what must not change.
-- Reads: dbo.EmbeddingMigrationProgress, dbo.AtomRelations, dbo.AtomEmbeddings, dbo.Atoms. Writes: nothing. Mode: batch or RPC,
-- no parameters. Result, one row: Embeddings bigint (progress rows), Relations bigint (as recorded), LastRelationId bigint,
-- LastEmbeddingId bigint, LastAtomId bigint (0 without rows).
SELECT (SELECT COUNT_BIG(*) FROM dbo.EmbeddingMigrationProgress) AS Embeddings,
       (SELECT ISNULL(SUM(CAST(p.RelationCount AS bigint)), 0) FROM dbo.EmbeddingMigrationProgress AS p) AS Relations,
       (SELECT ISNULL(MAX(r.AtomRelationId), 0) FROM dbo.AtomRelations AS r) AS LastRelationId,
       (SELECT ISNULL(MAX(e.AtomEmbeddingId), 0) FROM dbo.AtomEmbeddings AS e) AS LastEmbeddingId,
       (SELECT ISNULL(MAX(a.AtomId), 0) FROM dbo.Atoms AS a) AS LastAtomId;
