-- Spatial buckets to probe: the fullest ones and the ends of their range. Reads: dbo.AtomEmbeddings: a scan. Writes: nothing. Mode: RPC.
-- Parameter: @P1 int: how many at most. Result: SpatialBucket int, Embeddings bigint.
SELECT TOP (@P1) e.SpatialBucket, COUNT_BIG(*) AS Embeddings
FROM dbo.AtomEmbeddings AS e
WHERE e.SpatialBucket IS NOT NULL
GROUP BY e.SpatialBucket
ORDER BY COUNT_BIG(*) DESC, e.SpatialBucket;
