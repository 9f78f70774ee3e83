-- Probe: writes a vector with sp_InsertAtomicVector, reads it with sp_ReconstructVector, and rolls everything back.
-- Reads and writes: dbo.Atoms, dbo.AtomRelations, inside a transaction that is always rolled back (identity values are used up).
-- Promise: nothing stays. Refused with 51030 inside an open transaction, which the rollback would take along.
-- Parameters: none. Mode: batch. Result, one row: AtomCount int (expected 3), RelationCount int (4), Dimension int (4),
-- VectorJson nvarchar(max), ReferencesRight bit, Holds bit (all of it as expected, the numbers compared as float32).
SET XACT_ABORT ON;
IF @@TRANCOUNT > 0
    THROW 51030, 'the probe does not run inside an open transaction', 1;
DECLARE @source bigint, @atoms int, @relations int, @json nvarchar(max), @dimension int, @differences int, @counted int;
DECLARE @before bigint, @after bigint;
BEGIN TRANSACTION;
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype)
VALUES (CAST(HASHBYTES('SHA2_256', CAST(NEWID() AS binary(16))) AS binary(32)), N'probe', N'hartonomous');
SET @source = SCOPE_IDENTITY();
SELECT @before = ISNULL(SUM(a.ReferenceCount), 0) FROM dbo.Atoms AS a
WHERE a.ContentHash IN (CAST(HASHBYTES('SHA2_256', CAST(CAST(0.1 AS real) AS binary(4))) AS binary(32)),
                        CAST(HASHBYTES('SHA2_256', CAST(CAST(0 AS real) AS binary(4))) AS binary(32)),
                        CAST(HASHBYTES('SHA2_256', CAST(CAST(-1.5e-7 AS real) AS binary(4))) AS binary(32)));
EXEC dbo.sp_InsertAtomicVector @SourceAtomId = @source, @VectorJson = N'[0.1, 0.0, -1.5e-7, 0.0]',
     @SpatialX = 0.25, @SpatialY = 0.5, @SpatialZ = 0.75, @AtomCount = @atoms OUTPUT, @RelationCount = @relations OUTPUT;
SELECT @after = ISNULL(SUM(a.ReferenceCount), 0) FROM dbo.Atoms AS a
WHERE a.ContentHash IN (CAST(HASHBYTES('SHA2_256', CAST(CAST(0.1 AS real) AS binary(4))) AS binary(32)),
                        CAST(HASHBYTES('SHA2_256', CAST(CAST(0 AS real) AS binary(4))) AS binary(32)),
                        CAST(HASHBYTES('SHA2_256', CAST(CAST(-1.5e-7 AS real) AS binary(4))) AS binary(32)));
EXEC dbo.sp_ReconstructVector @SourceAtomId = @source, @VectorJson = @json OUTPUT, @Dimension = @dimension OUTPUT;
SELECT @counted = COUNT(*),
       @differences = SUM(CASE WHEN CAST(CAST(j.[value] AS float) AS real) = e.Number THEN 0 ELSE 1 END)
FROM OPENJSON(@json) AS j
JOIN (VALUES (0, CAST(0.1 AS real)), (1, CAST(0 AS real)), (2, CAST(-1.5e-7 AS real)), (3, CAST(0 AS real))) AS e (Position, Number)
    ON e.Position = CAST(j.[key] AS int);
ROLLBACK TRANSACTION;
SELECT @atoms AS AtomCount, @relations AS RelationCount, @dimension AS Dimension, @json AS VectorJson,
       CAST(CASE WHEN @after = @before + 4 THEN 1 ELSE 0 END AS bit) AS ReferencesRight,
       CAST(CASE WHEN @atoms = 3 AND @relations = 4 AND @dimension = 4 AND @counted = 4 AND @differences = 0
                  AND @after = @before + 4 THEN 1 ELSE 0 END AS bit) AS Holds;
