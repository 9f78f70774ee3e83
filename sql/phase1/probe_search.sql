-- Probe: writes two vectors on both sides of a bucket edge, searches with sp_AtomicSpatialSearch, and rolls back.
-- Reads and writes: dbo.Atoms, dbo.AtomRelations, inside a transaction that is always rolled back (identity values are used up).
-- Promise: nothing stays. Refused with 51030 inside an open transaction. Parameters: none. Mode: batch.
-- Result, one row: Found int (expected 2), FarFound int (0), FirstIsNearer bit, Holds bit.
-- The probe uses a relation type of its own, so real vectors near the point do not disturb it.
SET XACT_ABORT ON;
IF @@TRANCOUNT > 0
    THROW 51030, 'the probe does not run inside an open transaction', 1;
DECLARE @near bigint, @across bigint, @far bigint, @found int, @farFound int, @first bigint;
DECLARE @hit TABLE (HitOrder int IDENTITY(1, 1) NOT NULL PRIMARY KEY, SourceAtomId bigint, Distance float, CoordX float,
                    CoordY float, CoordZ float, SpatialBucket bigint, RelationType nvarchar(128));
BEGIN TRANSACTION;
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype)
VALUES (CAST(HASHBYTES('SHA2_256', CAST(NEWID() AS binary(16))) AS binary(32)), N'probe', N'hartonomous');
SET @near = SCOPE_IDENTITY();
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype)
VALUES (CAST(HASHBYTES('SHA2_256', CAST(NEWID() AS binary(16))) AS binary(32)), N'probe', N'hartonomous');
SET @across = SCOPE_IDENTITY();
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype)
VALUES (CAST(HASHBYTES('SHA2_256', CAST(NEWID() AS binary(16))) AS binary(32)), N'probe', N'hartonomous');
SET @far = SCOPE_IDENTITY();
EXEC dbo.sp_InsertAtomicVector @SourceAtomId = @near, @VectorJson = N'[1]', @SpatialX = 0.5, @SpatialY = 0.5, @SpatialZ = 0.5,
     @RelationType = N'hartonomous_probe';
EXEC dbo.sp_InsertAtomicVector @SourceAtomId = @across, @VectorJson = N'[1]', @SpatialX = 0.4921875, @SpatialY = 0.5,
     @SpatialZ = 0.5, @RelationType = N'hartonomous_probe';
EXEC dbo.sp_InsertAtomicVector @SourceAtomId = @far, @VectorJson = N'[1]', @SpatialX = 0.25, @SpatialY = 0.5, @SpatialZ = 0.5,
     @RelationType = N'hartonomous_probe';
INSERT INTO @hit (SourceAtomId, Distance, CoordX, CoordY, CoordZ, SpatialBucket, RelationType)
EXEC dbo.sp_AtomicSpatialSearch @QueryX = 0.5, @QueryY = 0.5, @QueryZ = 0.5, @Radius = 0.0078125, @TopK = 10,
     @RelationType = N'hartonomous_probe';
SELECT @found = COUNT(*), @farFound = SUM(CASE WHEN SourceAtomId = @far THEN 1 ELSE 0 END) FROM @hit;
SELECT TOP (1) @first = SourceAtomId FROM @hit ORDER BY HitOrder;
ROLLBACK TRANSACTION;
SELECT @found AS Found, ISNULL(@farFound, 0) AS FarFound, CAST(CASE WHEN @first = @near THEN 1 ELSE 0 END AS bit) AS FirstIsNearer,
       CAST(CASE WHEN @found = 2 AND @farFound = 0 AND @first = @near THEN 1 ELSE 0 END AS bit) AS Holds;
