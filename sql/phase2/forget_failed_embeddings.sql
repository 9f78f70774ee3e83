-- Rollback: forgets the embeddings that could not be migrated. Writes: hartonomous.failed_embeddings. Mode: batch or RPC, no
-- parameters. Result, one row: RowsWritten int.
DELETE FROM hartonomous.failed_embeddings;
SELECT @@ROWCOUNT AS RowsWritten;
