-- The next key range of dbo.AtomEmbeddings. Reads: dbo.AtomEmbeddings. Writes: nothing. Mode: RPC. Parameters: @P1 bigint:
-- AtomEmbeddingIds above it; @P2 int: how many at most. Result, one row: RangeEnd bigint (NULL: nothing left), Embeddings int.
SELECT MAX(t.AtomEmbeddingId) AS RangeEnd, COUNT(*) AS Embeddings
FROM (SELECT TOP (@P2) e.AtomEmbeddingId
      FROM dbo.AtomEmbeddings AS e
      WHERE e.AtomEmbeddingId > @P1
      ORDER BY e.AtomEmbeddingId) AS t;
