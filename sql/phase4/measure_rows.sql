-- Count and two sums over the SHA-256 of each row, of one of the two tables. Reads: the table: a scan. Writes: nothing. Mode: RPC.
-- Markers: Table (which, by default dbo.AtomEmbeddings), Hashed (the optional columns as text, each after a comma). Result, one row:
-- Total bigint, First, Second bigint (0 without rows), LastId bigint (NULL without rows).
SELECT COUNT_BIG(*) AS Total, ISNULL(SUM(CAST(CAST(SUBSTRING(r.RowHash, 1, 4) AS int) AS bigint)), 0) AS [First],
       ISNULL(SUM(CAST(CAST(SUBSTRING(r.RowHash, 5, 4) AS int) AS bigint)), 0) AS [Second], MAX(r.AtomEmbeddingId) AS LastId
FROM (SELECT t.AtomEmbeddingId,
             HASHBYTES('SHA2_256', CONCAT(t.AtomEmbeddingId, N'|', t.AtomId, N'|', t.Dimension/*{Hashed}*//*{end}*/)) AS RowHash
      FROM /*{Table}*/dbo.AtomEmbeddings AS t/*{end}*/) AS r;
