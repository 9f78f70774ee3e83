-- Adds the batch's relations to the reference counts of their atoms.
-- Reads: #batch_count. Writes: dbo.Atoms. Mode: batch or RPC, inside the batch's transaction.
-- Promise: the client compares RowsWritten with the number of rows it loaded. Result, one row: RowsWritten int.
UPDATE a
SET a.ReferenceCount = a.ReferenceCount + c.RelationCount
FROM dbo.Atoms AS a
JOIN #batch_count AS c ON c.AtomId = a.AtomId;
SELECT @@ROWCOUNT AS RowsWritten;
