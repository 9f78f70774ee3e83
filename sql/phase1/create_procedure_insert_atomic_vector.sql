-- Creates dbo.sp_InsertAtomicVector: writes a vector as atoms and relations.
-- Reads and writes: dbo.Atoms, dbo.AtomRelations. Promise: all or nothing, in the caller's transaction or in one of its own.
-- Repeated values share one atom, an atom with the same ContentHash is reused, every relation is counted, -0 becomes +0.
-- ContentHash = SHA-256 of the 4 big-endian bytes of the float32, AtomicValue = those bytes, CanonicalText = the shortest
-- text that reads back to the same float32. Only position 0 carries the coordinates, which stay NULL when not given.
-- NULL or empty array: both counts 0, nothing written. @AtomCount = distinct values, @RelationCount = components.
-- Errors: 51010 no such source atom; 51011 the atom has relations of this type already; 51012 not a JSON array;
-- 51013 an element is not a number; 51014 an element is out of float32's range; 51015 @RelationType or @TenantId is NULL;
-- 51016 an atom has the hash of a value but not its bytes. They roll back the caller's transaction too (XACT_ABORT).
-- Parameters: @SourceAtomId bigint, @VectorJson nvarchar(max), @SpatialX, @SpatialY, @SpatialZ float = NULL,
-- @RelationType nvarchar(128) = N'embedding_dimension', @TenantId int = 0, @AtomCount int OUTPUT, @RelationCount int OUTPUT.
-- No result set. Mode: batch, alone (Msg 111). Needs QUOTED_IDENTIFIER ON (filtered indexes: Msg 1934 at run time).
CREATE OR ALTER PROCEDURE dbo.sp_InsertAtomicVector
    @SourceAtomId bigint,
    @VectorJson nvarchar(max),
    @SpatialX float = NULL,
    @SpatialY float = NULL,
    @SpatialZ float = NULL,
    @RelationType nvarchar(128) = N'embedding_dimension',
    @TenantId int = 0,
    @AtomCount int = NULL OUTPUT,
    @RelationCount int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    SET XACT_ABORT ON;

    DECLARE @element TABLE (SequenceIndex int NOT NULL PRIMARY KEY, IsNumber bit NOT NULL, Number real NULL);
    DECLARE @component TABLE (SequenceIndex int NOT NULL PRIMARY KEY, ContentHash binary(32) NOT NULL);
    DECLARE @value TABLE (ContentHash binary(32) NOT NULL PRIMARY KEY, Number real NOT NULL, Uses int NOT NULL,
                          AtomId bigint NULL);
    DECLARE @own bit = CASE WHEN @@TRANCOUNT = 0 THEN 1 ELSE 0 END;
    DECLARE @text nvarchar(max);

    SET @AtomCount = 0;
    SET @RelationCount = 0;

    IF @RelationType IS NULL OR @TenantId IS NULL
        THROW 51015, 'the vector was not written: RelationType and TenantId must not be NULL', 1;
    IF @VectorJson IS NULL
        RETURN 0;

    SET @text = LTRIM(REPLACE(REPLACE(REPLACE(@VectorJson, NCHAR(9), N' '), NCHAR(10), N' '), NCHAR(13), N' '));
    IF ISJSON(@text) = 0 OR LEFT(@text, 1) <> N'['
        THROW 51012, 'the vector was not written: the text is not a JSON array', 1;

    -- Text to double to float32, as the server's own reader of vectors does. What rounds down to the largest float32
    -- is clamped to it first, because a cast to real may refuse anything above that value.
    INSERT INTO @element (SequenceIndex, IsNumber, Number)
    SELECT CAST(j.[key] AS int),
           CASE WHEN j.[type] = 2 THEN 1 ELSE 0 END,
           TRY_CAST(CASE WHEN f.Number > 3.4028234663852886e38 AND f.Number < 3.4028235677973366e38 THEN 3.4028234663852886e38
                         WHEN f.Number < -3.4028234663852886e38 AND f.Number > -3.4028235677973366e38 THEN -3.4028234663852886e38
                         ELSE f.Number END AS real)
    FROM OPENJSON(@text) AS j
    CROSS APPLY (SELECT CASE WHEN j.[type] = 2 THEN TRY_CAST(j.[value] AS float) END AS Number) AS f;

    IF NOT EXISTS (SELECT 1 FROM @element)
        RETURN 0;
    IF EXISTS (SELECT 1 FROM @element WHERE IsNumber = 0)
        THROW 51013, 'the vector was not written: an element of the array is not a number', 1;
    IF EXISTS (SELECT 1 FROM @element WHERE Number IS NULL)
        THROW 51014, 'the vector was not written: an element of the array is outside of the range of float32', 1;

    UPDATE @element SET Number = 0 WHERE Number = 0;

    INSERT INTO @component (SequenceIndex, ContentHash)
    SELECT SequenceIndex, CAST(HASHBYTES('SHA2_256', CAST(Number AS binary(4))) AS binary(32))
    FROM @element;

    INSERT INTO @value (ContentHash, Number, Uses)
    SELECT c.ContentHash, MAX(e.Number), COUNT(*)
    FROM @component AS c
    JOIN @element AS e ON e.SequenceIndex = c.SequenceIndex
    GROUP BY c.ContentHash;

    BEGIN TRY
        IF @own = 1
            BEGIN TRANSACTION;

        -- The lock on the source atom makes two inserts for the same atom wait for each other.
        IF NOT EXISTS (SELECT 1 FROM dbo.Atoms WITH (UPDLOCK, HOLDLOCK) WHERE AtomId = @SourceAtomId)
            THROW 51010, 'the vector was not written: the source atom does not exist', 1;
        IF EXISTS (SELECT 1 FROM dbo.AtomRelations WHERE SourceAtomId = @SourceAtomId AND RelationType = @RelationType)
            THROW 51011, 'the vector was not written: the source atom already has relations of this type', 1;

        -- CanonicalText: the 17 digits of the value are cut to n = 1, 2, ... 9 digits, downwards and upwards; the first n
        -- that reads back to the same float32 wins, the nearer of the two if both do, the larger one if both are as near.
        INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, CanonicalText)
        SELECT v.ContentHash, N'numeric', N'float32', CAST(v.Number AS binary(4)),
               CASE WHEN v.Number = 0 THEN N'0'
                    WHEN s.ScientificLength < s.PlainLength
                    THEN s.Sign + LEFT(s.Digits, 1) + CASE WHEN s.N > 1 THEN N'.' + SUBSTRING(s.Digits, 2, 16) ELSE N'' END
                         + N'e' + CAST(s.Exponent AS nvarchar(4))
                    WHEN s.Exponent >= s.N - 1 THEN s.Sign + s.Digits + REPLICATE(N'0', s.Exponent - s.N + 1)
                    WHEN s.Exponent >= 0 THEN s.Sign + LEFT(s.Digits, s.Exponent + 1) + N'.' + SUBSTRING(s.Digits, s.Exponent + 2, 16)
                    ELSE s.Sign + N'0.' + REPLICATE(N'0', -s.Exponent - 1) + s.Digits
               END
        FROM @value AS v
        OUTER APPLY (
            SELECT TOP (1) CASE WHEN v.Number < 0 THEN N'-' ELSE N'' END AS Sign, q.Digits, q.N, q.Exponent,
                   q.N + CASE WHEN q.N > 1 THEN 2 ELSE 1 END + LEN(CAST(q.Exponent AS nvarchar(4))) AS ScientificLength,
                   CASE WHEN q.Exponent >= q.N - 1 THEN q.Exponent + 1
                        WHEN q.Exponent >= 0 THEN q.N + 1
                        ELSE q.N + 1 - q.Exponent END AS PlainLength
            FROM (SELECT CONVERT(varchar(40), CAST(ABS(v.Number) AS float), 3) AS LongText) AS t
            CROSS APPLY (SELECT CAST(LEFT(t.LongText, 1) + SUBSTRING(t.LongText, 3, 16) AS bigint) AS LongDigits,
                                CAST(RIGHT(t.LongText, 4) AS int) AS LongExponent) AS l
            CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS d (N)
            CROSS APPLY (SELECT d.N, POWER(CAST(10 AS bigint), 17 - d.N) AS Unit) AS n
            CROSS JOIN (VALUES (0), (1)) AS u (Up)
            CROSS APPLY (SELECT l.LongDigits / n.Unit + u.Up AS Cut,
                                CASE WHEN u.Up = 0 THEN l.LongDigits % n.Unit ELSE n.Unit - l.LongDigits % n.Unit END AS Gap) AS k
            CROSS APPLY (SELECT CAST(CAST(k.Cut AS varchar(20)) + 'e' + CAST(l.LongExponent - n.N + 1 AS varchar(6)) AS float)
                                AS Number) AS w
            CROSS APPLY (SELECT CASE WHEN k.Cut = 10 AND n.N = 1 THEN N'1' ELSE CAST(k.Cut AS nvarchar(20)) END AS Digits,
                                n.N, k.Gap, u.Up,
                                CASE WHEN k.Cut = 10 AND n.N = 1 THEN l.LongExponent + 1 ELSE l.LongExponent END AS Exponent,
                                TRY_CAST(CASE WHEN w.Number > 3.4028234663852886e38 AND w.Number < 3.4028235677973366e38
                                              THEN 3.4028234663852886e38 ELSE w.Number END AS real) AS ReadBack) AS q
            WHERE q.ReadBack = ABS(v.Number)
            ORDER BY q.N, q.Gap, q.Up DESC) AS s
        WHERE NOT EXISTS (SELECT 1 FROM dbo.Atoms AS a WITH (UPDLOCK, HOLDLOCK) WHERE a.ContentHash = v.ContentHash)
        ORDER BY v.ContentHash;

        UPDATE v
        SET v.AtomId = a.AtomId
        FROM @value AS v
        JOIN dbo.Atoms AS a ON a.ContentHash = v.ContentHash
        WHERE a.AtomicValue = CAST(v.Number AS binary(4));

        IF EXISTS (SELECT 1 FROM @value WHERE AtomId IS NULL)
            THROW 51016, 'the vector was not written: an atom has the content hash of a value but not its four bytes', 1;

        INSERT INTO dbo.AtomRelations (SourceAtomId, TargetAtomId, RelationType, SequenceIndex, TenantId, SpatialBucket,
                                       SpatialBucketX, SpatialBucketY, SpatialBucketZ, CoordX, CoordY, CoordZ)
        SELECT @SourceAtomId, v.AtomId, @RelationType, c.SequenceIndex, @TenantId,
               CASE WHEN c.SequenceIndex = 0 THEN dbo.fn_ComputeSpatialBucket(@SpatialX, @SpatialY, @SpatialZ) END,
               CASE WHEN c.SequenceIndex = 0 THEN CAST(FLOOR(@SpatialX * 100e0) AS int) END,
               CASE WHEN c.SequenceIndex = 0 THEN CAST(FLOOR(@SpatialY * 100e0) AS int) END,
               CASE WHEN c.SequenceIndex = 0 THEN CAST(FLOOR(@SpatialZ * 100e0) AS int) END,
               CASE WHEN c.SequenceIndex = 0 THEN @SpatialX END,
               CASE WHEN c.SequenceIndex = 0 THEN @SpatialY END,
               CASE WHEN c.SequenceIndex = 0 THEN @SpatialZ END
        FROM @component AS c
        JOIN @value AS v ON v.ContentHash = c.ContentHash
        ORDER BY c.SequenceIndex;
        SET @RelationCount = @@ROWCOUNT;

        UPDATE a
        SET a.ReferenceCount = a.ReferenceCount + v.Uses
        FROM dbo.Atoms AS a
        JOIN @value AS v ON v.AtomId = a.AtomId;
        SET @AtomCount = @@ROWCOUNT;

        IF @own = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        SET @AtomCount = 0;
        SET @RelationCount = 0;
        IF @own = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
    RETURN 0;
END;
