-- Rollback's proof: the atoms that phase 2 did not make, which must stay as they are, reference counts aside. Count, and two
-- sums over the SHA-256 of each row. Reads: dbo.Atoms: a scan. Writes: nothing. Mode: RPC. Parameters: @P1 bigint: AtomIds up
-- to it; @P2 datetime2(7): float32 atoms made since then may be phase 2's. Result, one row: Total bigint, First, Second bigint.
SELECT COUNT_BIG(*) AS Total, ISNULL(SUM(CAST(CAST(SUBSTRING(t.RowHash, 1, 4) AS int) AS bigint)), 0) AS [First],
       ISNULL(SUM(CAST(CAST(SUBSTRING(t.RowHash, 5, 4) AS int) AS bigint)), 0) AS [Second]
FROM (SELECT HASHBYTES('SHA2_256', CONCAT(a.AtomId, N'|', CONVERT(varchar(64), a.ContentHash, 2), N'|', a.Modality, N'|', a.Subtype, N'|',
                                          a.CanonicalText, N'|', CONVERT(varchar(128), a.AtomicValue, 2))) AS RowHash
      FROM dbo.Atoms AS a
      WHERE a.AtomId <= @P1
        AND (a.CreatedAt < @P2 OR a.Modality <> N'numeric' OR a.Subtype IS NULL OR a.Subtype <> N'float32')) AS t;
