-- Rollback's proof: the relations that no migrated embedding owns, which must stay as they are. Count, and two checksums over
-- a SHA-256 of each row. Reads: dbo.AtomRelations, dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress: a scan. Writes: nothing.
-- Mode: RPC. Parameter: @P1 bigint: AtomRelationIds up to it. Result, one row: Total bigint, First, Second bigint (0 without rows).
SELECT COUNT_BIG(*) AS Total, ISNULL(SUM(CAST(CAST(SUBSTRING(t.RowHash, 1, 4) AS int) AS bigint)), 0) AS [First],
       ISNULL(SUM(CAST(CAST(SUBSTRING(t.RowHash, 5, 4) AS int) AS bigint)), 0) AS [Second]
FROM (SELECT HASHBYTES('SHA2_256', CONCAT(r.AtomRelationId, N'|', r.SourceAtomId, N'|', r.TargetAtomId, N'|', r.RelationType, N'|',
                                          CONVERT(varchar(40), CAST(r.Weight AS float), 3), N'|', r.SequenceIndex, N'|', r.TenantId)) AS RowHash
      FROM dbo.AtomRelations AS r
      WHERE r.AtomRelationId <= @P1
        AND NOT EXISTS (SELECT 1
                        FROM dbo.AtomEmbeddings AS e
                        JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId
                        WHERE e.AtomId = r.SourceAtomId AND ISNULL(p.RelationType, N'embedding_dimension') = r.RelationType)) AS t;
