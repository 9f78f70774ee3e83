-- Gate, never waived: the proof that is independent of the client. For every migrated embedding of a key range the vector is
-- rebuilt from its atoms as text of 17 digits, padded with zeros, and cast to a vector: its euclidean distance to the stored
-- one must be 0 and both must print the same text. Euclidean distance can underflow to 0 for tiny differences, the text
-- rounds to 8 digits; together they leave only what digests and counts catch.
-- Reads: dbo.EmbeddingMigrationProgress, dbo.AtomEmbeddings, dbo.AtomRelations, dbo.Atoms. Writes: nothing. Mode: RPC.
-- Parameters: @P1 bigint: AtomEmbeddingIds above it; @P2 bigint: up to it. Markers: Dimensions, VectorType (of the column).
-- Result, offending ones only, by id: AtomEmbeddingId bigint, Reason varchar(16) ('no vector', 'no relations', 'positions',
-- 'undecodable', 'too long', 'distance', 'text'), Relations bigint, Distance float.
SELECT v.AtomEmbeddingId,
       CASE WHEN v.HasVector = 0 THEN 'no vector'
            WHEN v.Relations = 0 THEN 'no relations'
            WHEN v.Relations <> v.Dimension OR v.Positions <> v.Dimension OR v.FirstPosition <> 0 OR v.LastPosition <> v.Dimension - 1 THEN 'positions'
            WHEN v.Decoded <> v.Relations THEN 'undecodable'
            WHEN v.Rebuilt IS NULL THEN 'too long'
            WHEN v.Distance <> 0 THEN 'distance'
            ELSE 'text' END AS Reason,
       v.Relations, v.Distance
FROM (SELECT e.AtomEmbeddingId, e.Dimension, CASE WHEN e.EmbeddingVector IS NULL THEN 0 ELSE 1 END AS HasVector,
             c.Relations, c.Positions, t.Decoded, c.FirstPosition, c.LastPosition,
             CAST(b.Rebuilt AS varchar(max)) AS Rebuilt, CAST(e.EmbeddingVector AS varchar(max)) AS Stored,
             VECTOR_DISTANCE('euclidean', e.EmbeddingVector, b.Rebuilt) AS Distance
      FROM dbo.EmbeddingMigrationProgress AS p
      JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId
      CROSS APPLY (SELECT COUNT_BIG(*) AS Relations, COUNT_BIG(DISTINCT r.SequenceIndex) AS Positions,
                          MIN(r.SequenceIndex) AS FirstPosition, MAX(r.SequenceIndex) AS LastPosition
                   FROM dbo.AtomRelations AS r
                   WHERE r.SourceAtomId = e.AtomId AND r.RelationType = ISNULL(p.RelationType, N'embedding_dimension')) AS c
      CROSS APPLY (SELECT COUNT_BIG(x.ComponentValue) AS Decoded,
                          STRING_AGG(CAST(CONVERT(varchar(40), CAST(x.ComponentValue AS float), 3) AS varchar(max)), ',')
                              WITHIN GROUP (ORDER BY x.SequenceIndex) AS Body
                   FROM (SELECT r.SequenceIndex,
                                CAST(CASE WHEN DATALENGTH(a.AtomicValue) <> 4 OR (CAST(a.AtomicValue AS int) & 2139095040) = 2139095040
                        THEN NULL
                        WHEN (CAST(a.AtomicValue AS int) & 2139095040) = 0
                        THEN CAST(CAST(a.AtomicValue AS int) & 8388607 AS float) * POWER(CAST(2 AS float), -149)
                        ELSE CAST(8388608 + (CAST(a.AtomicValue AS int) & 8388607) AS float)
                             * POWER(CAST(2 AS float), (CAST(a.AtomicValue AS int) & 2139095040) / 8388608 - 150)
                   END
                   * CASE WHEN CAST(a.AtomicValue AS int) < 0 THEN -1e0 ELSE 1e0 END AS real) AS ComponentValue
                         FROM dbo.AtomRelations AS r
                         JOIN dbo.Atoms AS a ON a.AtomId = r.TargetAtomId
                         WHERE r.SourceAtomId = e.AtomId AND r.RelationType = ISNULL(p.RelationType, N'embedding_dimension')) AS x) AS t
      CROSS APPLY (SELECT CASE WHEN t.Decoded BETWEEN 1 AND /*{Dimensions}*/1998/*{end}*/
                               THEN CAST('[' + t.Body + REPLICATE(CAST(',0' AS varchar(max)), /*{Dimensions}*/1998/*{end}*/ - t.Decoded) + ']'
                                         AS /*{VectorType}*/vector(1998)/*{end}*/) END AS Rebuilt) AS b
      WHERE p.AtomEmbeddingId > @P1 AND p.AtomEmbeddingId <= @P2) AS v
WHERE v.HasVector = 0
   OR v.Relations <> v.Dimension
   OR v.Positions <> v.Dimension
   OR v.FirstPosition <> 0
   OR v.LastPosition <> v.Dimension - 1
   OR v.Decoded <> v.Relations
   OR v.Rebuilt IS NULL
   OR v.Distance <> 0
   OR v.Rebuilt <> v.Stored
ORDER BY v.AtomEmbeddingId;
