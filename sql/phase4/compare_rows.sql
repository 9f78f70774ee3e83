-- The copy against dbo.AtomEmbeddings, row by row and column by column. Reads: both tables: scans. Writes: nothing. Mode: RPC. Markers:
-- Copied, Original (the optional columns, comparable, each after a comma). Result, one row: Missing bigint (not copied), Changed bigint
-- (copied otherwise), Surplus bigint (copies without an embedding), FirstId bigint (the smallest AtomEmbeddingId of these, NULL: none).
SELECT ISNULL(SUM(d.Missing), 0) AS Missing, ISNULL(SUM(d.Changed), 0) AS Changed, ISNULL(SUM(d.Surplus), 0) AS Surplus,
       MIN(d.AtomEmbeddingId) AS FirstId
FROM (SELECT e.AtomEmbeddingId, CAST(CASE WHEN m.AtomEmbeddingId IS NULL THEN 1 ELSE 0 END AS bigint) AS Missing,
             CAST(CASE WHEN m.AtomEmbeddingId IS NULL THEN 0 ELSE 1 END AS bigint) AS Changed, CAST(0 AS bigint) AS Surplus
      FROM dbo.AtomEmbeddings AS e
      LEFT JOIN dbo.AtomEmbeddings_InMemory AS m WITH (SNAPSHOT) ON m.AtomEmbeddingId = e.AtomEmbeddingId
      WHERE m.AtomEmbeddingId IS NULL
         OR EXISTS (SELECT m.AtomId, m.Dimension/*{Copied}*//*{end}*/ EXCEPT SELECT e.AtomId, e.Dimension/*{Original}*//*{end}*/)
      UNION ALL
      SELECT m.AtomEmbeddingId, CAST(0 AS bigint), CAST(0 AS bigint), CAST(1 AS bigint)
      FROM dbo.AtomEmbeddings_InMemory AS m WITH (SNAPSHOT)
      WHERE NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings AS e WHERE e.AtomEmbeddingId = m.AtomEmbeddingId)) AS d;
