-- Creates dbo.sp_AtomicSpatialSearch: the nearest vectors to a point, within a radius.
-- Reads: dbo.AtomRelations (one row per vector carries the coordinates). Writes: nothing.
-- Promise: exact euclidean distance <= @Radius, over bucket edges too: candidates come from coordinate ranges (index
-- IX_AtomRelations_Coordinates), a little wider than the radius so that rounding loses none. Any NULL input or
-- @TopK below 1 gives an empty result.
-- Parameters: @QueryX, @QueryY, @QueryZ float, @Radius float = 0.1, @TopK int = 10,
-- @RelationType nvarchar(128) = N'embedding_dimension'.
-- Result: SourceAtomId bigint, Distance float, CoordX, CoordY, CoordZ float, SpatialBucket bigint,
-- RelationType nvarchar(128), by Distance, SourceAtomId, AtomRelationId. Mode: batch, alone (Msg 111).
CREATE OR ALTER PROCEDURE dbo.sp_AtomicSpatialSearch
    @QueryX float,
    @QueryY float,
    @QueryZ float,
    @Radius float = 0.1,
    @TopK int = 10,
    @RelationType nvarchar(128) = N'embedding_dimension'
AS
BEGIN
    SET NOCOUNT ON;

    DECLARE @top int = CASE WHEN @TopK > 0 THEN @TopK ELSE 0 END;
    DECLARE @reach float = @Radius * (1e0 + 1e-12) + (ABS(@QueryX) + ABS(@QueryY) + ABS(@QueryZ)) * 1e-15;

    SELECT TOP (@top) r.SourceAtomId, d.Distance, r.CoordX, r.CoordY, r.CoordZ, r.SpatialBucket, r.RelationType
    FROM dbo.AtomRelations AS r
    CROSS APPLY (SELECT SQRT((r.CoordX - @QueryX) * (r.CoordX - @QueryX)
                           + (r.CoordY - @QueryY) * (r.CoordY - @QueryY)
                           + (r.CoordZ - @QueryZ) * (r.CoordZ - @QueryZ)) AS Distance) AS d
    WHERE r.CoordX IS NOT NULL
      AND r.CoordX >= @QueryX - @reach AND r.CoordX <= @QueryX + @reach
      AND r.CoordY >= @QueryY - @reach AND r.CoordY <= @QueryY + @reach
      AND r.CoordZ >= @QueryZ - @reach AND r.CoordZ <= @QueryZ + @reach
      AND r.RelationType = @RelationType
      AND d.Distance <= @Radius
    ORDER BY d.Distance, r.SourceAtomId, r.AtomRelationId;
    RETURN 0;
END;
