-- Creates dbo.sp_FindAtomEmbeddingsBySpatialBucket_Native: the embeddings of a spatial bucket, natively compiled, smallest id first.
-- TOP takes a variable: a constant is limited to 8,192 rows (Msg 41398). Reads: dbo.AtomEmbeddings_InMemory. Writes: nothing. Mode:
-- module, batch, not inside a transaction (Msg 12331). Markers: SpatialX, SpatialY, SpatialZ (the columns, or NULL where the table has
-- none). Result: AtomEmbeddingId bigint, AtomId bigint, SpatialX, SpatialY, SpatialZ float.
CREATE OR ALTER PROCEDURE dbo.sp_FindAtomEmbeddingsBySpatialBucket_Native
    @SpatialBucket int,
    @TopK int = 100
WITH NATIVE_COMPILATION, SCHEMABINDING
AS
BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english')
    SELECT TOP (@TopK) m.AtomEmbeddingId, m.AtomId, /*{SpatialX}*/m.SpatialProjX/*{end}*/ AS SpatialX,
           /*{SpatialY}*/m.SpatialProjY/*{end}*/ AS SpatialY, /*{SpatialZ}*/m.SpatialProjZ/*{end}*/ AS SpatialZ
    FROM dbo.AtomEmbeddings_InMemory AS m
    WHERE m.SpatialBucket = @SpatialBucket
    ORDER BY m.AtomEmbeddingId;
END;
