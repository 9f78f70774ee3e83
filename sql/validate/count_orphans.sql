-- Gate: no orphan. Reads: dbo.Atoms, dbo.AtomRelations, dbo.AtomEmbeddings. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, one row: UnreferencedAtoms bigint (deployment-summary.md's daily check: numeric, count 0),
-- OrphanedAtoms bigint (numeric float32, count 0, and nothing references them), RelationsWithoutSource bigint,
-- RelationsWithoutTarget bigint (both 0 unless a foreign key is untrusted).
SELECT (SELECT COUNT_BIG(*) FROM dbo.Atoms AS a WHERE a.ReferenceCount = 0 AND a.Modality = N'numeric') AS UnreferencedAtoms,
       (SELECT COUNT_BIG(*)
        FROM dbo.Atoms AS a
        WHERE a.ReferenceCount = 0 AND a.Modality = N'numeric' AND a.Subtype = N'float32'
          AND NOT EXISTS (SELECT 1 FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = a.AtomId)
          AND NOT EXISTS (SELECT 1 FROM dbo.AtomRelations AS r WHERE r.SourceAtomId = a.AtomId)
          AND NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings AS e WHERE e.AtomId = a.AtomId)) AS OrphanedAtoms,
       (SELECT COUNT_BIG(*) FROM dbo.AtomRelations AS r
        WHERE NOT EXISTS (SELECT 1 FROM dbo.Atoms AS a WHERE a.AtomId = r.SourceAtomId)) AS RelationsWithoutSource,
       (SELECT COUNT_BIG(*) FROM dbo.AtomRelations AS r
        WHERE NOT EXISTS (SELECT 1 FROM dbo.Atoms AS a WHERE a.AtomId = r.TargetAtomId)) AS RelationsWithoutTarget;
