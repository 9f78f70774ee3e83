-- Times lookups by dbo.sp_GetAtomEmbeddingMetadata_Native inside the server, in blocks, and beside each block the same loop without the
-- call, so that the loop's own cost can be taken off. Reads: dbo.AtomEmbeddings_InMemory. Writes: nothing that outlives it. Mode: RPC.
-- Parameters: @P1 varbinary(8000): keys, 8 bytes each, big-endian; @P2 int: lookups of a block; @P3 int: blocks. Result, by BlockNumber:
-- BlockNumber int, LoopNanoseconds bigint, LookupNanoseconds bigint (each of the whole block).
DECLARE @sample TABLE (BlockNumber int NOT NULL PRIMARY KEY, LoopNanoseconds bigint NOT NULL, LookupNanoseconds bigint NOT NULL);
DECLARE @keys int = DATALENGTH(@P1) / 8, @block int = 0, @at int = 0, @n int, @id bigint, @loop bigint, @lookup bigint;
DECLARE @from datetime2(7), @to datetime2(7), @AtomId bigint, @x float, @y float, @z float;
WHILE @block < @P3
BEGIN
    SET @n = 0;
    SET @from = SYSUTCDATETIME();
    WHILE @n < @P2
    BEGIN
        SET @id = CAST(SUBSTRING(@P1, 8 * ((@at + @n) % @keys) + 1, 8) AS bigint);
        SET @n = @n + 1;
    END;
    SET @to = SYSUTCDATETIME();
    SET @loop = DATEDIFF_BIG(NANOSECOND, @from, @to);
    SET @n = 0;
    SET @from = SYSUTCDATETIME();
    WHILE @n < @P2
    BEGIN
        SET @id = CAST(SUBSTRING(@P1, 8 * ((@at + @n) % @keys) + 1, 8) AS bigint);
        EXEC dbo.sp_GetAtomEmbeddingMetadata_Native @AtomEmbeddingId = @id, @AtomId = @AtomId OUTPUT, @SpatialX = @x OUTPUT,
             @SpatialY = @y OUTPUT, @SpatialZ = @z OUTPUT;
        SET @n = @n + 1;
    END;
    SET @to = SYSUTCDATETIME();
    SET @lookup = DATEDIFF_BIG(NANOSECOND, @from, @to);
    INSERT INTO @sample (BlockNumber, LoopNanoseconds, LookupNanoseconds) VALUES (@block, @loop, @lookup);
    SET @at = (@at + @P2) % @keys;
    SET @block = @block + 1;
END;
SELECT s.BlockNumber, s.LoopNanoseconds, s.LookupNanoseconds FROM @sample AS s ORDER BY s.BlockNumber;
