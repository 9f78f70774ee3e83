-- Repair: sets the reference count of every numeric atom whose count is wrong to the number of relations that point to it.
-- Reads: dbo.AtomRelations: a scan. Writes: dbo.Atoms. Mode: RPC, inside a transaction that began with check_fence.sql, with no
-- writer at work and every delta folded (else 51046). Result, one row: RowsWritten int.
IF EXISTS (SELECT 1 FROM hartonomous.reference_count_deltas)
    THROW 51046, 'nothing is recounted: reference-count deltas wait to be folded', 1;
UPDATE a
SET a.ReferenceCount = ISNULL(c.Relations, 0)
FROM dbo.Atoms AS a
LEFT JOIN (SELECT r.TargetAtomId, COUNT_BIG(*) AS Relations FROM dbo.AtomRelations AS r GROUP BY r.TargetAtomId) AS c
    ON c.TargetAtomId = a.AtomId
WHERE a.Modality = N'numeric' AND a.ReferenceCount <> ISNULL(c.Relations, 0);
SELECT @@ROWCOUNT AS RowsWritten;
