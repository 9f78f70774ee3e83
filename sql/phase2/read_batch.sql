-- Reads the next embeddings to migrate: a vector, and no progress row.
-- Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC.
-- Parameters: @P1 bigint: ids above it; @P2 bigint: ids up to it; @P3 int: at most so many rows.
-- Result, by AtomEmbeddingId: AtomEmbeddingId bigint, AtomId bigint, Dimension int, VectorText varchar(max), TenantId int,
-- ModelId int, EmbeddingType nvarchar(50), SpatialProjX, SpatialProjY, SpatialProjZ float, LastUpdated datetime2(7).
-- VectorText has 8 significant digits a component, which is not exact: resolve_components.sql settles the ambiguous ones.
-- Markers: the optional columns of dbo.AtomEmbeddings.
SELECT TOP (@P3) e.AtomEmbeddingId, e.AtomId, e.Dimension, CAST(e.EmbeddingVector AS varchar(max)) AS VectorText,
       e.TenantId, e.ModelId, e.EmbeddingType, e.SpatialProjX, e.SpatialProjY, e.SpatialProjZ, e.LastUpdated
FROM (
    SELECT AtomEmbeddingId, AtomId, Dimension, EmbeddingVector,
           /*{TenantId}*/CAST(0 AS int)/*{end}*/ AS TenantId,
           /*{ModelId}*/CAST(NULL AS int)/*{end}*/ AS ModelId,
           /*{EmbeddingType}*/CAST(NULL AS nvarchar(50))/*{end}*/ AS EmbeddingType,
           /*{SpatialProjX}*/CAST(NULL AS float)/*{end}*/ AS SpatialProjX,
           /*{SpatialProjY}*/CAST(NULL AS float)/*{end}*/ AS SpatialProjY,
           /*{SpatialProjZ}*/CAST(NULL AS float)/*{end}*/ AS SpatialProjZ,
           /*{LastUpdated}*/CAST(NULL AS datetime2(7))/*{end}*/ AS LastUpdated
    FROM dbo.AtomEmbeddings
) AS e
WHERE e.AtomEmbeddingId > @P1
  AND e.AtomEmbeddingId <= @P2
  AND e.EmbeddingVector IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM dbo.EmbeddingMigrationProgress AS p WHERE p.AtomEmbeddingId = e.AtomEmbeddingId)
ORDER BY e.AtomEmbeddingId;
