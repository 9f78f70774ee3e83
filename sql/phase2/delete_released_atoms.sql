-- Removes float32 atoms of a list that nothing references any more. Reads: dbo.AtomRelations, dbo.AtomEmbeddings,
-- hartonomous.reference_count_deltas. Writes: dbo.Atoms. Mode: RPC, after the deltas are folded.
-- Parameter: @P1 nvarchar(max): JSON array of AtomIds. Result, one row: RowsWritten int.
DELETE a
FROM dbo.Atoms AS a
JOIN (SELECT DISTINCT AtomId FROM OPENJSON(@P1) WITH (AtomId bigint '$')) AS k ON k.AtomId = a.AtomId
WHERE a.ReferenceCount = 0
  AND a.Modality = N'numeric' AND a.Subtype = N'float32'
  AND NOT EXISTS (SELECT 1 FROM hartonomous.reference_count_deltas AS d WHERE d.atom_id = a.AtomId)
  AND NOT EXISTS (SELECT 1 FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = a.AtomId)
  AND NOT EXISTS (SELECT 1 FROM dbo.AtomRelations AS r WHERE r.SourceAtomId = a.AtomId)
  AND NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings AS e WHERE e.AtomId = a.AtomId);
SELECT @@ROWCOUNT AS RowsWritten;
