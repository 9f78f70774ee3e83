-- Calls dbo.sp_FindAtomEmbeddingsBySpatialBucket_Native. Reads: dbo.AtomEmbeddings_InMemory. Writes: nothing. Mode: RPC. Parameters:
-- @P1 int: bucket; @P2 int: how many at most. Result: the procedure's: AtomEmbeddingId bigint, AtomId bigint, SpatialX, SpatialY,
-- SpatialZ float.
EXEC dbo.sp_FindAtomEmbeddingsBySpatialBucket_Native @SpatialBucket = @P1, @TopK = @P2;
