-- Rollback: rows that would go with the copy, because somebody wrote to it: ids that dbo.AtomEmbeddings never gave, and rows that were
-- updated later than theirs in dbo.AtomEmbeddings. Copies of embeddings that were deleted are not among them. Reads: both tables:
-- scans. Writes: nothing. Mode: RPC. Marker: Newer (what tells a later row, where there is a LastUpdated). Result, one row: Own bigint,
-- Newer bigint, FirstId bigint (NULL: none).
SELECT ISNULL(SUM(d.Own), 0) AS Own, ISNULL(SUM(d.Newer), 0) AS Newer, MIN(d.AtomEmbeddingId) AS FirstId
FROM (SELECT m.AtomEmbeddingId, CAST(CASE WHEN e.AtomEmbeddingId IS NULL THEN 1 ELSE 0 END AS bigint) AS Own,
             CAST(CASE WHEN e.AtomEmbeddingId IS NULL THEN 0 ELSE 1 END AS bigint) AS Newer
      FROM dbo.AtomEmbeddings_InMemory AS m WITH (SNAPSHOT)
      LEFT JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = m.AtomEmbeddingId
      WHERE (e.AtomEmbeddingId IS NULL AND m.AtomEmbeddingId > IDENT_CURRENT(N'dbo.AtomEmbeddings')) OR /*{Newer}*/1 = 0/*{end}*/) AS d;
