-- Precheck: rows of a key range whose vector is not zero beyond Dimension; their values would be lost.
-- Reads: dbo.AtomEmbeddings. Writes: nothing. Mode: RPC. Parameters: @P1 bigint: ids above it; @P2 bigint: ids up to it.
-- Result, by id: AtomEmbeddingId bigint, Dimension int, NonZero int (components), FirstIndex int.
-- The text form is enough here: a nonzero float32 never prints as zero. Marker: Dimensions (of the vector column).
SELECT e.AtomEmbeddingId, e.Dimension, x.NonZero, x.FirstIndex
FROM dbo.AtomEmbeddings AS e
CROSS APPLY (SELECT COUNT(*) AS NonZero, MIN(CAST(j.[key] AS int)) AS FirstIndex
             FROM OPENJSON(CAST(e.EmbeddingVector AS nvarchar(max))) AS j
             WHERE CAST(j.[key] AS int) >= e.Dimension AND CAST(j.[value] AS float) <> 0) AS x
WHERE e.AtomEmbeddingId > @P1
  AND e.AtomEmbeddingId <= @P2
  AND e.EmbeddingVector IS NOT NULL
  AND e.Dimension < /*{Dimensions}*/1998/*{end}*/
  AND x.NonZero > 0
ORDER BY e.AtomEmbeddingId;
