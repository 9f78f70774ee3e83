-- Gate: every migrated embedding of a key range has exactly Dimension relations, positions 0 to Dimension-1 once each.
-- Reads: dbo.EmbeddingMigrationProgress, dbo.AtomEmbeddings, dbo.AtomRelations (by IX_AtomRelations_Source_Type_Seq).
-- AtomCount is compared only where this tool wrote the row (it has a digest): earlier scripts counted otherwise.
-- Writes: nothing. Mode: RPC. Parameters: @P1 bigint: AtomEmbeddingIds above it; @P2 bigint: up to it.
-- Result, offending embeddings only, by id: AtomEmbeddingId bigint, AtomId bigint, RelationType nvarchar(128), Dimension int,
-- AtomCount int, RelationCount int (as recorded), Relations bigint, Positions bigint, Atoms bigint, FirstPosition int, LastPosition int.
SELECT e.AtomEmbeddingId, e.AtomId, ISNULL(p.RelationType, N'embedding_dimension') AS RelationType, e.Dimension, p.AtomCount,
       p.RelationCount, c.Relations, c.Positions, c.Atoms, c.FirstPosition, c.LastPosition
FROM dbo.EmbeddingMigrationProgress AS p
JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId
OUTER APPLY (SELECT COUNT_BIG(*) AS Relations, COUNT_BIG(DISTINCT r.SequenceIndex) AS Positions,
                    COUNT_BIG(DISTINCT r.TargetAtomId) AS Atoms, MIN(r.SequenceIndex) AS FirstPosition, MAX(r.SequenceIndex) AS LastPosition
             FROM dbo.AtomRelations AS r
             WHERE r.SourceAtomId = e.AtomId AND r.RelationType = ISNULL(p.RelationType, N'embedding_dimension')) AS c
WHERE p.AtomEmbeddingId > @P1
  AND p.AtomEmbeddingId <= @P2
  AND (c.Relations <> e.Dimension OR c.Positions <> e.Dimension OR c.FirstPosition <> 0 OR c.LastPosition <> e.Dimension - 1
       OR p.RelationCount <> c.Relations OR (p.VectorDigest IS NOT NULL AND p.AtomCount <> c.Atoms))
ORDER BY e.AtomEmbeddingId;
