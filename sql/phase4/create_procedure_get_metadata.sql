-- Creates dbo.sp_GetAtomEmbeddingMetadata_Native: the atom and the place of an embedding, natively compiled. Made after the load: a
-- native plan is compiled once, with the statistics of that moment. Reads: dbo.AtomEmbeddings_InMemory. Writes: nothing. Every output
-- is NULL for an id that is not there. Mode: module, batch, not inside a transaction (Msg 12331). Markers: SpatialX, SpatialY, SpatialZ
-- (the columns, or NULL where the table has none).
CREATE OR ALTER PROCEDURE dbo.sp_GetAtomEmbeddingMetadata_Native
    @AtomEmbeddingId bigint,
    @AtomId bigint OUTPUT,
    @SpatialX float OUTPUT,
    @SpatialY float OUTPUT,
    @SpatialZ float OUTPUT
WITH NATIVE_COMPILATION, SCHEMABINDING
AS
BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english')
    SET @AtomId = NULL;
    SET @SpatialX = NULL;
    SET @SpatialY = NULL;
    SET @SpatialZ = NULL;
    SELECT @AtomId = m.AtomId, @SpatialX = /*{SpatialX}*/m.SpatialProjX/*{end}*/, @SpatialY = /*{SpatialY}*/m.SpatialProjY/*{end}*/,
           @SpatialZ = /*{SpatialZ}*/m.SpatialProjZ/*{end}*/
    FROM dbo.AtomEmbeddings_InMemory AS m
    WHERE m.AtomEmbeddingId = @AtomEmbeddingId;
END;
