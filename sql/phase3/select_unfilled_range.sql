-- Un-drop: the next key range of migrated embeddings whose vector is not in the column yet. Reads: dbo.AtomEmbeddings,
-- dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC. Parameters: @P1 bigint: AtomEmbeddingIds above it; @P2 int: how many
-- at most. Marker: Column (the quoted name). Result, one row: RangeEnd bigint (NULL: nothing left), Embeddings int.
SELECT MAX(t.AtomEmbeddingId) AS RangeEnd, COUNT(*) AS Embeddings
FROM (SELECT TOP (@P2) p.AtomEmbeddingId
      FROM dbo.EmbeddingMigrationProgress AS p
      JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId
      WHERE p.AtomEmbeddingId > @P1 AND e./*{Column}*/EmbeddingVector/*{end}*/ IS NULL
      ORDER BY p.AtomEmbeddingId) AS t;
