-- Rollback's proof: the relations without the columns of phase 1. Count, and two sums over the SHA-256 of each row.
-- Reads: dbo.AtomRelations: a scan. Writes: nothing. Mode: RPC. Parameter: @P1 bigint: AtomRelationIds up to it, NULL for all.
-- Result, one row: Total bigint, First, Second bigint (0 without rows), LastRelationId bigint (0 without rows).
SELECT COUNT_BIG(*) AS Total, ISNULL(SUM(CAST(CAST(SUBSTRING(t.RowHash, 1, 4) AS int) AS bigint)), 0) AS [First],
       ISNULL(SUM(CAST(CAST(SUBSTRING(t.RowHash, 5, 4) AS int) AS bigint)), 0) AS [Second], ISNULL(MAX(t.AtomRelationId), 0) AS LastRelationId
FROM (SELECT r.AtomRelationId,
             HASHBYTES('SHA2_256', CONCAT(r.AtomRelationId, N'|', r.SourceAtomId, N'|', r.TargetAtomId, N'|', r.RelationType, N'|',
                                          CONVERT(varchar(40), CAST(r.Weight AS float), 3))) AS RowHash
      FROM dbo.AtomRelations AS r
      WHERE @P1 IS NULL OR r.AtomRelationId <= @P1) AS t;
