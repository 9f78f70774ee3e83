-- Folds recorded reference-count deltas into dbo.Atoms: those that are committed and that no writer holds, in portions.
-- Reads and writes: hartonomous.reference_count_deltas, dbo.Atoms, in one transaction. Mode: RPC.
-- Parameter: @P1 int: deltas of one portion at most. Promise: a delta is added exactly once; rows of open transactions are
-- passed over, and atoms are locked in the order of AtomId. Result, one row: RowsWritten int (deltas folded; 0: none left).
DECLARE @own bit = CASE WHEN @@TRANCOUNT = 0 THEN 1 ELSE 0 END;
DECLARE @folded TABLE (AtomId bigint NOT NULL, Delta bigint NOT NULL);
DECLARE @sum TABLE (AtomId bigint NOT NULL PRIMARY KEY, Delta bigint NOT NULL);
DECLARE @count int;
IF @own = 1
    BEGIN TRANSACTION;
DELETE TOP (@P1) d
OUTPUT deleted.atom_id, deleted.delta INTO @folded (AtomId, Delta)
FROM hartonomous.reference_count_deltas AS d WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK);
SET @count = @@ROWCOUNT;
INSERT INTO @sum (AtomId, Delta)
SELECT AtomId, SUM(Delta) FROM @folded GROUP BY AtomId;
UPDATE a
SET a.ReferenceCount = a.ReferenceCount + f.Delta
FROM dbo.Atoms AS a
JOIN @sum AS f ON f.AtomId = a.AtomId;
IF @own = 1
    COMMIT TRANSACTION;
SELECT @count AS RowsWritten;
