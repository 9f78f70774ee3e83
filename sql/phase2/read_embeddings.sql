-- Reads named embeddings, whether migrated or not: for a retry, for a split batch, for a changed row.
-- Reads: dbo.AtomEmbeddings. Writes: nothing. Mode: RPC. Parameter: @P1 nvarchar(max): JSON array of AtomEmbeddingIds.
-- Result, by AtomEmbeddingId: AtomEmbeddingId bigint, AtomId bigint, Dimension int, VectorText varchar(max), TenantId int,
-- ModelId int, EmbeddingType nvarchar(50), SpatialProjX, SpatialProjY, SpatialProjZ float, LastUpdated datetime2(7).
-- VectorText is NULL where the vector is. Markers: the optional columns of dbo.AtomEmbeddings.
SELECT e.AtomEmbeddingId, e.AtomId, e.Dimension, CAST(e.EmbeddingVector AS varchar(max)) AS VectorText,
       e.TenantId, e.ModelId, e.EmbeddingType, e.SpatialProjX, e.SpatialProjY, e.SpatialProjZ, e.LastUpdated
FROM OPENJSON(@P1) WITH (AtomEmbeddingId bigint '$') AS k
JOIN (
    SELECT AtomEmbeddingId, AtomId, Dimension, EmbeddingVector,
           /*{TenantId}*/CAST(0 AS int)/*{end}*/ AS TenantId,
           /*{ModelId}*/CAST(NULL AS int)/*{end}*/ AS ModelId,
           /*{EmbeddingType}*/CAST(NULL AS nvarchar(50))/*{end}*/ AS EmbeddingType,
           /*{SpatialProjX}*/CAST(NULL AS float)/*{end}*/ AS SpatialProjX,
           /*{SpatialProjY}*/CAST(NULL AS float)/*{end}*/ AS SpatialProjY,
           /*{SpatialProjZ}*/CAST(NULL AS float)/*{end}*/ AS SpatialProjZ,
           /*{LastUpdated}*/CAST(NULL AS datetime2(7))/*{end}*/ AS LastUpdated
    FROM dbo.AtomEmbeddings
) AS e ON e.AtomEmbeddingId = k.AtomEmbeddingId
ORDER BY e.AtomEmbeddingId;
