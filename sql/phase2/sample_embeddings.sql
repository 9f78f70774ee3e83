-- Samples embeddings for a forecast: the ones at or after evenly spread ids, so that a range read stays cheap.
-- Reads: dbo.AtomEmbeddings. Writes: nothing. Mode: RPC. Parameters: @P1 nvarchar(max): JSON array of ids to start from.
-- Result, by AtomEmbeddingId, at most one row per start: AtomEmbeddingId bigint, Dimension int, VectorText varchar(max).
SELECT DISTINCT s.AtomEmbeddingId, s.Dimension, s.VectorText
FROM OPENJSON(@P1) WITH (StartId bigint '$') AS k
CROSS APPLY (SELECT TOP (1) e.AtomEmbeddingId, e.Dimension, CAST(e.EmbeddingVector AS varchar(max)) AS VectorText
             FROM dbo.AtomEmbeddings AS e
             WHERE e.AtomEmbeddingId >= k.StartId AND e.EmbeddingVector IS NOT NULL
             ORDER BY e.AtomEmbeddingId) AS s
ORDER BY s.AtomEmbeddingId;
