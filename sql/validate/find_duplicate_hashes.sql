-- Gate: no two atoms share a ContentHash, whatever the constraint says. Reads: dbo.Atoms. Writes: nothing. Mode: RPC.
-- Parameter: @P1 int: at most so many rows. Result, by FirstAtomId: ContentHash binary(32), Atoms bigint, FirstAtomId bigint, LastAtomId bigint.
SELECT TOP (@P1) a.ContentHash, COUNT_BIG(*) AS Atoms, MIN(a.AtomId) AS FirstAtomId, MAX(a.AtomId) AS LastAtomId
FROM dbo.Atoms AS a
GROUP BY a.ContentHash
HAVING COUNT_BIG(*) > 1
ORDER BY MIN(a.AtomId);
