-- Folds recorded reference-count deltas into dbo.Atoms, all that are there when it starts.
-- Reads and writes: hartonomous.reference_count_deltas, dbo.Atoms, in one transaction. Mode: batch or RPC, no parameters.
-- Promise: a delta is added exactly once. Result, one row: RowsWritten int (deltas folded).
DECLARE @own bit = CASE WHEN @@TRANCOUNT = 0 THEN 1 ELSE 0 END;
DECLARE @folded TABLE (AtomId bigint NOT NULL, Delta bigint NOT NULL);
DECLARE @count int;
IF @own = 1
    BEGIN TRANSACTION;
DELETE FROM hartonomous.reference_count_deltas
OUTPUT deleted.atom_id, deleted.delta INTO @folded (AtomId, Delta);
SET @count = @@ROWCOUNT;
UPDATE a
SET a.ReferenceCount = a.ReferenceCount + f.Delta
FROM dbo.Atoms AS a
JOIN (SELECT AtomId, SUM(Delta) AS Delta FROM @folded GROUP BY AtomId) AS f ON f.AtomId = a.AtomId;
IF @own = 1
    COMMIT TRANSACTION;
SELECT @count AS RowsWritten;
