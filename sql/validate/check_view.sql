-- Gate: dbo.vw_EmbeddingVectors shows every component of type 'embedding_dimension' once, with the bits of its atom.
-- Reads: dbo.AtomRelations, dbo.Atoms, the view. Writes: nothing. Mode: batch, no parameters. Marker: Hint (NOEXPAND reads the
-- rows of the view's index; without it the server may compute them anew). A real as binary(4) gives its bits, most significant byte first.
-- Result, one row: Components bigint (relations of that type), Shown bigint (rows of the view), Undecodable bigint (their atom is not
-- a finite float32, so the view has NULL), WrongRows bigint, FirstRelationId bigint (of a wrong one).
SELECT COUNT_BIG(*) AS Components,
       (SELECT COUNT_BIG(*) FROM dbo.vw_EmbeddingVectors AS w WITH (/*{Hint}*/READCOMMITTED/*{end}*/)) AS Shown,
       ISNULL(SUM(CAST(t.Undecodable AS bigint)), 0) AS Undecodable,
       ISNULL(SUM(CAST(t.Wrong AS bigint)), 0) AS WrongRows,
       MIN(CASE WHEN t.Wrong = 1 THEN t.AtomRelationId END) AS FirstRelationId
FROM (SELECT r.AtomRelationId,
             CASE WHEN v.AtomRelationId IS NOT NULL AND v.ComponentValue IS NULL THEN 1 ELSE 0 END AS Undecodable,
             CASE WHEN v.AtomRelationId IS NULL OR v.SourceAtomId <> r.SourceAtomId OR v.ComponentIndex <> r.SequenceIndex
                       OR CAST(v.ComponentValue AS binary(4)) <> a.AtomicValue THEN 1 ELSE 0 END AS Wrong
      FROM dbo.AtomRelations AS r
      JOIN dbo.Atoms AS a ON a.AtomId = r.TargetAtomId
      LEFT JOIN dbo.vw_EmbeddingVectors AS v WITH (/*{Hint}*/READCOMMITTED/*{end}*/) ON v.AtomRelationId = r.AtomRelationId
      WHERE r.RelationType = N'embedding_dimension') AS t;
