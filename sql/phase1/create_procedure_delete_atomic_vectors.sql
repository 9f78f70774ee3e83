-- Creates dbo.sp_DeleteAtomicVectors: deletes the vectors of a list of atoms.
-- Reads: dbo.AtomRelations, dbo.Atoms, dbo.AtomEmbeddings. Writes: dbo.AtomRelations, dbo.Atoms.
-- Promise: all or nothing; every deleted relation lowers its atom's ReferenceCount by exactly one. With
-- @CleanupOrphans = 1 numeric atoms go that this call brought to 0 and that nothing references: no relation at either end,
-- no embedding. NULL or empty list: both counts 0. Progress rows of phase 2 are not touched.
-- Errors: 51020 the list holds something that is not an id; 51021 a ReferenceCount would fall below 0, so it was wrong
-- before. They roll back the caller's transaction too (XACT_ABORT).
-- Parameters: @SourceAtomIds nvarchar(max) comma-separated, blanks tolerated, @RelationType nvarchar(128) =
-- N'embedding_dimension', @CleanupOrphans bit = 1, @DeletedRelations int OUTPUT, @DeletedAtoms int OUTPUT. No result set.
-- Mode: batch, alone (Msg 111). Needs QUOTED_IDENTIFIER ON (filtered indexes: Msg 1934 at run time).
CREATE OR ALTER PROCEDURE dbo.sp_DeleteAtomicVectors
    @SourceAtomIds nvarchar(max),
    @RelationType nvarchar(128) = N'embedding_dimension',
    @CleanupOrphans bit = 1,
    @DeletedRelations int = NULL OUTPUT,
    @DeletedAtoms int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    SET XACT_ABORT ON;

    DECLARE @entry TABLE (Entry nvarchar(max) NOT NULL);
    DECLARE @source TABLE (AtomId bigint NOT NULL PRIMARY KEY);
    DECLARE @deleted TABLE (TargetAtomId bigint NOT NULL);
    DECLARE @released TABLE (AtomId bigint NOT NULL PRIMARY KEY, Uses int NOT NULL);
    DECLARE @own bit = CASE WHEN @@TRANCOUNT = 0 THEN 1 ELSE 0 END;

    SET @DeletedRelations = 0;
    SET @DeletedAtoms = 0;

    INSERT INTO @entry (Entry)
    SELECT LTRIM(RTRIM(REPLACE(REPLACE(REPLACE(s.[value], NCHAR(9), N' '), NCHAR(10), N' '), NCHAR(13), N' ')))
    FROM STRING_SPLIT(@SourceAtomIds, N',') AS s;

    IF EXISTS (SELECT 1 FROM @entry WHERE Entry <> N'' AND (Entry LIKE N'%[^0-9]%' OR TRY_CAST(Entry AS bigint) IS NULL))
        THROW 51020, 'nothing was deleted: the list of atoms holds something that is not an id', 1;

    INSERT INTO @source (AtomId)
    SELECT DISTINCT CAST(Entry AS bigint) FROM @entry WHERE Entry <> N'';

    BEGIN TRY
        IF @own = 1
            BEGIN TRANSACTION;

        DELETE r
        OUTPUT deleted.TargetAtomId INTO @deleted (TargetAtomId)
        FROM dbo.AtomRelations AS r
        JOIN @source AS s ON s.AtomId = r.SourceAtomId
        WHERE r.RelationType = @RelationType;
        SET @DeletedRelations = @@ROWCOUNT;

        INSERT INTO @released (AtomId, Uses)
        SELECT TargetAtomId, COUNT(*) FROM @deleted GROUP BY TargetAtomId;

        UPDATE a
        SET a.ReferenceCount = a.ReferenceCount - d.Uses
        FROM dbo.Atoms AS a
        JOIN @released AS d ON d.AtomId = a.AtomId;

        IF EXISTS (SELECT 1 FROM dbo.Atoms AS a JOIN @released AS d ON d.AtomId = a.AtomId WHERE a.ReferenceCount < 0)
            THROW 51021, 'nothing was deleted: a reference count would fall below zero, so it was wrong before', 1;

        IF @CleanupOrphans = 1
        BEGIN
            DELETE a
            FROM dbo.Atoms AS a
            JOIN @released AS d ON d.AtomId = a.AtomId
            WHERE a.ReferenceCount = 0
              AND a.Modality = N'numeric'
              AND NOT EXISTS (SELECT 1 FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = a.AtomId)
              AND NOT EXISTS (SELECT 1 FROM dbo.AtomRelations AS r WHERE r.SourceAtomId = a.AtomId)
              AND NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings AS e WHERE e.AtomId = a.AtomId);
            SET @DeletedAtoms = @@ROWCOUNT;
        END;

        IF @own = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        SET @DeletedRelations = 0;
        SET @DeletedAtoms = 0;
        IF @own = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
    RETURN 0;
END;
