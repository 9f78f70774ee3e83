-- Gate: the reference count of every numeric atom is the number of relations that point to it, deltas counted.
-- Reads: dbo.Atoms, dbo.AtomRelations, hartonomous.reference_count_deltas: a scan of both tables. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: Atoms bigint, WrongAtoms bigint, TooHigh bigint, TooLow bigint,
-- References bigint (as recorded), Relations bigint (as counted), FirstAtomId bigint.
SELECT COUNT_BIG(*) AS Atoms,
       ISNULL(SUM(CASE WHEN t.Recorded <> t.Counted THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END), 0) AS WrongAtoms,
       ISNULL(SUM(CASE WHEN t.Recorded > t.Counted THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END), 0) AS TooHigh,
       ISNULL(SUM(CASE WHEN t.Recorded < t.Counted THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END), 0) AS TooLow,
       ISNULL(SUM(t.Recorded), 0) AS [References], ISNULL(SUM(t.Counted), 0) AS Relations,
       MIN(CASE WHEN t.Recorded <> t.Counted THEN t.AtomId END) AS FirstAtomId
FROM (SELECT a.AtomId, a.ReferenceCount + ISNULL(f.Delta, 0) AS Recorded, ISNULL(c.Relations, 0) AS Counted
      FROM dbo.Atoms AS a
      LEFT JOIN (SELECT r.TargetAtomId, COUNT_BIG(*) AS Relations FROM dbo.AtomRelations AS r GROUP BY r.TargetAtomId) AS c
          ON c.TargetAtomId = a.AtomId
      LEFT JOIN (SELECT d.atom_id, SUM(d.delta) AS Delta FROM hartonomous.reference_count_deltas AS d GROUP BY d.atom_id) AS f
          ON f.atom_id = a.AtomId
      WHERE a.Modality = N'numeric') AS t;
