-- Precheck: does every row's Dimension fit into its vector?
-- Reads: dbo.AtomEmbeddings. Writes: nothing. Mode: batch or RPC, no parameters. Marker: Dimensions (of the vector column).
-- Result, one row: Embeddings bigint, WithVector bigint, WithoutVector bigint, BadDimension bigint (with a vector, Dimension
-- below 1 or above the column's), Padded bigint (with a vector, Dimension below the column's: check_padding.sql is for them),
-- FirstBadId bigint.
SELECT COUNT_BIG(*) AS Embeddings,
       ISNULL(SUM(CAST(t.HasVector AS bigint)), 0) AS WithVector,
       ISNULL(SUM(CAST(1 - t.HasVector AS bigint)), 0) AS WithoutVector,
       ISNULL(SUM(CASE WHEN t.HasVector = 1 AND (t.Dimension < 1 OR t.Dimension > /*{Dimensions}*/1998/*{end}*/) THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END), 0) AS BadDimension,
       ISNULL(SUM(CASE WHEN t.HasVector = 1 AND t.Dimension >= 1 AND t.Dimension < /*{Dimensions}*/1998/*{end}*/ THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END), 0) AS Padded,
       MIN(CASE WHEN t.HasVector = 1 AND (t.Dimension < 1 OR t.Dimension > /*{Dimensions}*/1998/*{end}*/) THEN t.AtomEmbeddingId END) AS FirstBadId
FROM (SELECT e.AtomEmbeddingId, e.Dimension, CASE WHEN e.EmbeddingVector IS NULL THEN 0 ELSE 1 END AS HasVector
      FROM dbo.AtomEmbeddings AS e) AS t;
