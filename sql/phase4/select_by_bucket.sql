-- What dbo.sp_FindAtomEmbeddingsBySpatialBucket_Native must answer. Reads: dbo.AtomEmbeddings. Writes: nothing. Mode: RPC. Parameters:
-- @P1 int: bucket; @P2 int: how many at most. Markers: SpatialX, SpatialY, SpatialZ (the columns, or NULL where the table has none).
-- Result: AtomEmbeddingId bigint, AtomId bigint, SpatialX, SpatialY, SpatialZ float.
SELECT TOP (@P2) e.AtomEmbeddingId, e.AtomId, /*{SpatialX}*/CAST(NULL AS float)/*{end}*/ AS SpatialX,
       /*{SpatialY}*/CAST(NULL AS float)/*{end}*/ AS SpatialY, /*{SpatialZ}*/CAST(NULL AS float)/*{end}*/ AS SpatialZ
FROM dbo.AtomEmbeddings AS e
WHERE e.SpatialBucket = @P1
ORDER BY e.AtomEmbeddingId;
