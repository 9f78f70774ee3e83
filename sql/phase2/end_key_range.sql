-- Ends a key range whose embeddings are all handed over. Writes: hartonomous.key_ranges. Mode: RPC.
-- Parameters: @P1 bigint: fencing number; @P2 bigint: after_id; @P3 bigint: token.
-- Result, one row: RowsWritten int (0: another writer has taken it over meanwhile, which is no harm).
UPDATE hartonomous.key_ranges
SET state = N'done'
WHERE fencing_number = @P1 AND after_id = @P2 AND token = @P3 AND state = N'leased';
SELECT @@ROWCOUNT AS RowsWritten;
