-- The atoms behind count_reference_errors.sql. Reads: the same. Writes: nothing. Mode: RPC.
-- Parameter: @P1 int: at most so many rows. Result, by AtomId: AtomId bigint, CanonicalText nvarchar(256),
-- Recorded bigint (ReferenceCount plus deltas), Counted bigint (relations).
SELECT TOP (@P1) a.AtomId, a.CanonicalText, a.ReferenceCount + ISNULL(f.Delta, 0) AS Recorded, ISNULL(c.Relations, 0) AS Counted
FROM dbo.Atoms AS a
LEFT JOIN (SELECT r.TargetAtomId, COUNT_BIG(*) AS Relations FROM dbo.AtomRelations AS r GROUP BY r.TargetAtomId) AS c
    ON c.TargetAtomId = a.AtomId
LEFT JOIN (SELECT d.atom_id, SUM(d.delta) AS Delta FROM hartonomous.reference_count_deltas AS d GROUP BY d.atom_id) AS f
    ON f.atom_id = a.AtomId
WHERE a.Modality = N'numeric' AND a.ReferenceCount + ISNULL(f.Delta, 0) <> ISNULL(c.Relations, 0)
ORDER BY a.AtomId;
