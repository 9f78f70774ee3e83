-- Brings a baseline database into the state that the first hand-written phase 1 left behind while calling itself complete:
-- some columns are there and some are not, one index is right, one is wrong (no compression, one included column
-- missing), one has lost its filter, the filtered, spatial and tenant ones are missing, the bucket function truncates
-- towards zero, and one procedure returns an array of objects. Phase 1 must converge from here.
-- Run after migrations/baseline. Writes: dbo.AtomRelations, two modules. Mode: script, batches separated by GO.
ALTER TABLE dbo.AtomRelations ADD SequenceIndex int NULL;
GO
ALTER TABLE dbo.AtomRelations ADD SpatialBucket bigint NULL;
GO
ALTER TABLE dbo.AtomRelations ADD SpatialBucketX int NULL, SpatialBucketY int NULL;
GO
ALTER TABLE dbo.AtomRelations ADD CoordX float NULL, CoordY float NULL, CoordZ float NULL;
GO
ALTER TABLE dbo.AtomRelations ADD Importance real NULL;
GO
CREATE NONCLUSTERED INDEX IX_AtomRelations_Source_Type_Seq
    ON dbo.AtomRelations (SourceAtomId, RelationType, SequenceIndex) INCLUDE (TargetAtomId)
    WITH (DATA_COMPRESSION = PAGE);
GO
CREATE NONCLUSTERED INDEX IX_AtomRelations_Target_Type
    ON dbo.AtomRelations (TargetAtomId, RelationType);
GO
CREATE NONCLUSTERED INDEX IX_AtomRelations_SpatialBucket
    ON dbo.AtomRelations (SpatialBucket, RelationType) INCLUDE (SourceAtomId, CoordX, CoordY, CoordZ);
GO
CREATE FUNCTION dbo.fn_ComputeSpatialBucket(@X float, @Y float, @Z float)
RETURNS bigint
AS
BEGIN
    RETURN CAST(@X * 100 AS bigint) * 1000000 + CAST(@Y * 100 AS bigint) * 1000 + CAST(@Z * 100 AS bigint);
END;
GO
CREATE PROCEDURE dbo.sp_ReconstructVector
    @SourceAtomId bigint,
    @VectorJson nvarchar(max) OUTPUT,
    @Dimension int OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    SELECT @VectorJson = N'[' + STRING_AGG(CAST(N'{"value":"' AS nvarchar(max)) + a.CanonicalText + N'"}', N',')
                                    WITHIN GROUP (ORDER BY ar.SequenceIndex) + N']'
    FROM dbo.AtomRelations AS ar
    JOIN dbo.Atoms AS a ON a.AtomId = ar.TargetAtomId
    WHERE ar.SourceAtomId = @SourceAtomId AND ar.RelationType = N'embedding_dimension';
    SELECT @Dimension = COUNT(*)
    FROM dbo.AtomRelations
    WHERE SourceAtomId = @SourceAtomId AND RelationType = N'embedding_dimension';
END;
GO
