-- Does dbo.sp_GetAtomEmbeddingMetadata_Native answer as dbo.AtomEmbeddings would? Reads: both tables. Writes: nothing. Mode: RPC.
-- Parameter: @P1 varbinary(8000): keys, 8 bytes each, big-endian; one that is not there must give NULLs. Markers: SpatialX, SpatialY,
-- SpatialZ (the columns, or NULL where dbo.AtomEmbeddings has none). Result, one row: Probed int, Wrong int, FirstId bigint (the first
-- wrong one).
DECLARE @n int = 0, @keys int = DATALENGTH(@P1) / 8, @wrong int = 0, @first bigint, @id bigint;
DECLARE @AtomId bigint, @x float, @y float, @z float, @wantedAtomId bigint, @wantedX float, @wantedY float, @wantedZ float;
WHILE @n < @keys
BEGIN
    SET @id = CAST(SUBSTRING(@P1, 8 * @n + 1, 8) AS bigint);
    SELECT @wantedAtomId = NULL, @wantedX = NULL, @wantedY = NULL, @wantedZ = NULL;
    SELECT @wantedAtomId = e.AtomId, @wantedX = /*{SpatialX}*/NULL/*{end}*/, @wantedY = /*{SpatialY}*/NULL/*{end}*/,
           @wantedZ = /*{SpatialZ}*/NULL/*{end}*/
    FROM dbo.AtomEmbeddings AS e
    WHERE e.AtomEmbeddingId = @id;
    EXEC dbo.sp_GetAtomEmbeddingMetadata_Native @AtomEmbeddingId = @id, @AtomId = @AtomId OUTPUT, @SpatialX = @x OUTPUT,
         @SpatialY = @y OUTPUT, @SpatialZ = @z OUTPUT;
    IF EXISTS (SELECT @AtomId, @x, @y, @z EXCEPT SELECT @wantedAtomId, @wantedX, @wantedY, @wantedZ)
    BEGIN
        SET @wrong = @wrong + 1;
        SET @first = ISNULL(@first, @id);
    END;
    SET @n = @n + 1;
END;
SELECT @keys AS Probed, @wrong AS Wrong, @first AS FirstId;
