-- Gate: no relations of the embedding family without a progress row, as a crashed earlier script leaves them behind.
-- Reads: dbo.AtomRelations, dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC.
-- Parameters: @P1 bigint: SourceAtomIds above it; @P2 bigint: up to it; @P3 int: at most so many rows.
-- Result, one row per vector, by both: SourceAtomId bigint, RelationType nvarchar(128), Relations bigint, Positions bigint,
-- Embeddings bigint (with this atom; 0: written by the procedures for an atom without embedding, which is allowed).
SELECT TOP (@P3) g.SourceAtomId, g.RelationType, g.Relations, g.Positions,
       (SELECT COUNT_BIG(*) FROM dbo.AtomEmbeddings AS e WHERE e.AtomId = g.SourceAtomId) AS Embeddings
FROM (SELECT r.SourceAtomId, r.RelationType, COUNT_BIG(*) AS Relations, COUNT_BIG(DISTINCT r.SequenceIndex) AS Positions
      FROM dbo.AtomRelations AS r
      WHERE r.SourceAtomId > @P1
        AND r.SourceAtomId <= @P2
        AND (r.RelationType = N'embedding_dimension' OR r.RelationType LIKE N'embedding[_]dimension:%')
      GROUP BY r.SourceAtomId, r.RelationType) AS g
WHERE NOT EXISTS (SELECT 1
                  FROM dbo.AtomEmbeddings AS e
                  JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId
                  WHERE e.AtomId = g.SourceAtomId AND ISNULL(p.RelationType, N'embedding_dimension') = g.RelationType)
ORDER BY g.SourceAtomId, g.RelationType;
