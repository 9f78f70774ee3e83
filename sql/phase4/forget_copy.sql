-- Rollback: what is on record of the copy goes with the table. Writes: hartonomous.memory_copy. Mode: RPC or batch, no parameters.
-- Result, one row: RowsWritten int.
DELETE FROM hartonomous.memory_copy WHERE id = 1;
SELECT @@ROWCOUNT AS RowsWritten;
