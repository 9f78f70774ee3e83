-- Gate: deduplication above the threshold, over all relations of the embedding family. Reads: dbo.AtomRelations. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: Vectors bigint, Relations bigint, UniqueAtoms bigint,
-- DeduplicationPct float (0 to 100; 0 without relations).
SELECT t.Vectors, t.Relations, t.UniqueAtoms,
       CASE WHEN t.Relations = 0 THEN 0e0 ELSE CAST(t.Relations - t.UniqueAtoms AS float) * 100e0 / t.Relations END AS DeduplicationPct
FROM (SELECT COUNT_BIG(*) AS Vectors, ISNULL(SUM(v.Relations), 0) AS Relations,
             (SELECT COUNT_BIG(DISTINCT r.TargetAtomId) FROM dbo.AtomRelations AS r
              WHERE r.RelationType = N'embedding_dimension' OR r.RelationType LIKE N'embedding[_]dimension:%') AS UniqueAtoms
      FROM (SELECT r.SourceAtomId, r.RelationType, COUNT_BIG(*) AS Relations FROM dbo.AtomRelations AS r
            WHERE r.RelationType = N'embedding_dimension' OR r.RelationType LIKE N'embedding[_]dimension:%'
            GROUP BY r.SourceAtomId, r.RelationType) AS v) AS t;
