-- Creates SI_AtomRelations_SpatialExpression over dbo.AtomRelations.SpatialExpression.
-- Reads: dbo.AtomRelations (clustered primary key required, else Msg 12008). Writes: the index, PAGE compressed.
-- Promise: run only when inspect_indexes.sql does not list it. A spatial index is always built offline, and a geometry one
-- needs a BOUNDING_BOX (Msg 12007); shapes outside of the box are found all the same, only less quickly.
-- Markers: XMin, YMin, XMax, YMax (numbers, max > min, else Msg 12013). Mode: batch, no parameters, no result.
CREATE SPATIAL INDEX SI_AtomRelations_SpatialExpression
    ON dbo.AtomRelations (SpatialExpression)
    USING GEOMETRY_AUTO_GRID
    WITH (BOUNDING_BOX = (/*{XMin}*/-1000/*{end}*/, /*{YMin}*/-1000/*{end}*/, /*{XMax}*/1000/*{end}*/, /*{YMax}*/1000/*{end}*/),
          DATA_COMPRESSION = PAGE);
