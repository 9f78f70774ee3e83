-- Reads the grid and the box of the spatial indexes of dbo.AtomRelations.
-- Reads: the catalog. Writes: nothing. Parameters: none (batch or RPC). Result: IndexName nvarchar(128),
-- Tessellation nvarchar(128), XMin float, YMin float, XMax float, YMax float, CellsPerObject int, IsDisabled bit.
SELECT i.name AS IndexName, CAST(t.tessellation_scheme AS nvarchar(128)) AS Tessellation, t.bounding_box_xmin AS XMin,
       t.bounding_box_ymin AS YMin, t.bounding_box_xmax AS XMax, t.bounding_box_ymax AS YMax,
       t.cells_per_object AS CellsPerObject, i.is_disabled AS IsDisabled
FROM sys.spatial_index_tessellations AS t
JOIN sys.indexes AS i ON i.object_id = t.object_id AND i.index_id = t.index_id
WHERE t.object_id = OBJECT_ID(N'dbo.AtomRelations')
ORDER BY i.name;
