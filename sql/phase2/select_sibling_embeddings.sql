-- All embeddings with a vector of a set of atoms, in the order in which they get their relation types.
-- Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC.
-- Parameter: @P1 nvarchar(max): JSON array of AtomIds. Result, by AtomId and AtomEmbeddingId: AtomId bigint,
-- AtomEmbeddingId bigint, ModelId int, EmbeddingType nvarchar(50), MigratedAs nvarchar(128) (NULL: not migrated).
-- Markers: optional columns of dbo.AtomEmbeddings.
SELECT e.AtomId, e.AtomEmbeddingId, e.ModelId, e.EmbeddingType,
       CASE WHEN p.AtomEmbeddingId IS NULL THEN NULL ELSE ISNULL(p.RelationType, N'embedding_dimension') END AS MigratedAs
FROM OPENJSON(@P1) WITH (AtomId bigint '$') AS k
JOIN (
    SELECT AtomEmbeddingId, AtomId, EmbeddingVector,
           /*{ModelId}*/CAST(NULL AS int)/*{end}*/ AS ModelId,
           /*{EmbeddingType}*/CAST(NULL AS nvarchar(50))/*{end}*/ AS EmbeddingType
    FROM dbo.AtomEmbeddings
) AS e ON e.AtomId = k.AtomId
LEFT JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId
WHERE e.EmbeddingVector IS NOT NULL
ORDER BY e.AtomId, e.AtomEmbeddingId;
