-- The range of AtomIds that bounded measurements walk through. Reads: dbo.Atoms. Writes: nothing. Mode: batch or RPC.
-- Result, one row: FirstAtomId bigint, LastAtomId bigint (NULL without rows), NumericAtoms bigint.
SELECT MIN(a.AtomId) AS FirstAtomId, MAX(a.AtomId) AS LastAtomId,
       ISNULL(SUM(CASE WHEN a.Modality = N'numeric' THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END), 0) AS NumericAtoms
FROM dbo.Atoms AS a;
