-- The id that ends a key range of at most @P2 embeddings after @P1: for leases and for bounded measurements.
-- Reads: dbo.AtomEmbeddings. Writes: nothing. Mode: RPC. Parameters: @P1 bigint: ids above it; @P2 int: how many.
-- Result, one row: RangeEnd bigint (NULL: nothing left), Embeddings int.
SELECT MAX(t.AtomEmbeddingId) AS RangeEnd, COUNT(*) AS Embeddings
FROM (SELECT TOP (@P2) e.AtomEmbeddingId
      FROM dbo.AtomEmbeddings AS e
      WHERE e.AtomEmbeddingId > @P1
      ORDER BY e.AtomEmbeddingId) AS t;
