-- Probe: writes a vector with sp_InsertAtomicVector, deletes it with sp_DeleteAtomicVectors, and rolls everything back.
-- Reads and writes: dbo.Atoms, dbo.AtomRelations, inside a transaction that is always rolled back (identity values are used up).
-- Promise: nothing stays. Refused with 51030 inside an open transaction, which the rollback would take along.
-- Parameters: none. Mode: batch. Result, one row: DeletedRelations int (expected 3), DeletedAtoms int (0 to 2, the values
-- may be in use), RelationsLeft int (0), CountsRight bit, Holds bit.
SET XACT_ABORT ON;
IF @@TRANCOUNT > 0
    THROW 51030, 'the probe does not run inside an open transaction', 1;
DECLARE @source bigint, @atoms int, @relations int, @deletedRelations int, @deletedAtoms int, @left int;
DECLARE @ids nvarchar(max), @before bigint, @after bigint;
BEGIN TRANSACTION;
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype)
VALUES (CAST(HASHBYTES('SHA2_256', CAST(NEWID() AS binary(16))) AS binary(32)), N'probe', N'hartonomous');
SET @source = SCOPE_IDENTITY();
SET @ids = N' ' + CAST(@source AS nvarchar(20)) + N' , ' + CAST(@source AS nvarchar(20));
SELECT @before = ISNULL(SUM(a.ReferenceCount), 0) FROM dbo.Atoms AS a
WHERE a.ContentHash IN (CAST(HASHBYTES('SHA2_256', CAST(CAST(0.5 AS real) AS binary(4))) AS binary(32)),
                        CAST(HASHBYTES('SHA2_256', CAST(CAST(-0.25 AS real) AS binary(4))) AS binary(32)));
EXEC dbo.sp_InsertAtomicVector @SourceAtomId = @source, @VectorJson = N'[0.5,-0.25,0.5]',
     @AtomCount = @atoms OUTPUT, @RelationCount = @relations OUTPUT;
EXEC dbo.sp_DeleteAtomicVectors @SourceAtomIds = @ids, @DeletedRelations = @deletedRelations OUTPUT,
     @DeletedAtoms = @deletedAtoms OUTPUT;
SELECT @after = ISNULL(SUM(a.ReferenceCount), 0) FROM dbo.Atoms AS a
WHERE a.ContentHash IN (CAST(HASHBYTES('SHA2_256', CAST(CAST(0.5 AS real) AS binary(4))) AS binary(32)),
                        CAST(HASHBYTES('SHA2_256', CAST(CAST(-0.25 AS real) AS binary(4))) AS binary(32)));
SELECT @left = COUNT(*) FROM dbo.AtomRelations WHERE SourceAtomId = @source;
ROLLBACK TRANSACTION;
SELECT @deletedRelations AS DeletedRelations, @deletedAtoms AS DeletedAtoms, @left AS RelationsLeft,
       CAST(CASE WHEN @after = @before THEN 1 ELSE 0 END AS bit) AS CountsRight,
       CAST(CASE WHEN @relations = 3 AND @deletedRelations = 3 AND @left = 0 AND @after = @before THEN 1 ELSE 0 END AS bit) AS Holds;
