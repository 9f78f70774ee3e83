-- Gives back the key ranges that a writer, or the whole run, still holds. Writes: hartonomous.key_ranges. Mode: RPC.
-- Parameters: @P1 bigint: fencing number; @P2 bigint: run_id; @P3 int: writer, NULL for all of the run.
-- Result, one row: RowsWritten int.
UPDATE hartonomous.key_ranges
SET state = N'free'
WHERE fencing_number = @P1 AND run_id = @P2 AND state = N'leased' AND (@P3 IS NULL OR writer = @P3);
SELECT @@ROWCOUNT AS RowsWritten;
