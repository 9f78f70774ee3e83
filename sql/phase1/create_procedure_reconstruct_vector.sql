-- Creates dbo.sp_ReconstructVector: the vector of an atom as a JSON array of numbers, in the order of SequenceIndex.
-- Reads: dbo.AtomRelations of type 'embedding_dimension', dbo.Atoms. Writes: nothing.
-- Promise: each number is the exactly decoded float32 of AtomicValue (4 big-endian bytes) with 17 digits, so casting
-- the text to VECTOR gives the stored vector back bit for bit. NULL or unknown atom: @VectorJson NULL, @Dimension 0.
-- Errors: 51001 an atom is not a finite 4-byte value; 51002 positions are not 0..n-1 once each.
-- Parameters: @SourceAtomId bigint, @VectorJson nvarchar(max) OUTPUT, @Dimension int OUTPUT. No result set.
-- varbinary to float is Msg 529, so the bits are taken apart by integer arithmetic. Mode: batch, alone (Msg 111).
CREATE OR ALTER PROCEDURE dbo.sp_ReconstructVector
    @SourceAtomId bigint,
    @VectorJson nvarchar(max) = NULL OUTPUT,
    @Dimension int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;

    DECLARE @component TABLE (AtomRelationId bigint NOT NULL PRIMARY KEY, SequenceIndex int NULL, ComponentValue real NULL);
    DECLARE @count int, @positions int, @values int, @first int, @last int;

    SET @VectorJson = NULL;
    SET @Dimension = 0;

    INSERT INTO @component (AtomRelationId, SequenceIndex, ComponentValue)
    SELECT r.AtomRelationId, r.SequenceIndex,
           CAST(CASE WHEN DATALENGTH(a.AtomicValue) <> 4 OR (CAST(a.AtomicValue AS int) & 2139095040) = 2139095040
                      THEN NULL
                      WHEN (CAST(a.AtomicValue AS int) & 2139095040) = 0
                      THEN CAST(CAST(a.AtomicValue AS int) & 8388607 AS float) * POWER(CAST(2 AS float), -149)
                      ELSE CAST(8388608 + (CAST(a.AtomicValue AS int) & 8388607) AS float)
                           * POWER(CAST(2 AS float), (CAST(a.AtomicValue AS int) & 2139095040) / 8388608 - 150)
                 END
                 * CASE WHEN CAST(a.AtomicValue AS int) < 0 THEN -1e0 ELSE 1e0 END AS real)
    FROM dbo.AtomRelations AS r
    JOIN dbo.Atoms AS a ON a.AtomId = r.TargetAtomId
    WHERE r.SourceAtomId = @SourceAtomId AND r.RelationType = N'embedding_dimension';

    SELECT @count = COUNT(*), @positions = COUNT(DISTINCT SequenceIndex), @values = COUNT(ComponentValue),
           @first = MIN(SequenceIndex), @last = MAX(SequenceIndex)
    FROM @component;

    IF @count = 0
        RETURN 0;
    IF @values <> @count
        THROW 51001, 'the vector cannot be rebuilt: one of its atoms is not a finite 4-byte float value', 1;
    IF @positions <> @count OR @first <> 0 OR @last <> @count - 1
        THROW 51002, 'the vector cannot be rebuilt: its positions are not 0 to n-1, once each', 1;

    SELECT @VectorJson = N'[' + STRING_AGG(CAST(CONVERT(nvarchar(40), CAST(ComponentValue AS float), 3) AS nvarchar(max)), N',')
                                    WITHIN GROUP (ORDER BY SequenceIndex) + N']'
    FROM @component;
    SET @Dimension = @count;
    RETURN 0;
END;
