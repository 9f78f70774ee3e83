-- Says what keeps a writer waiting (a throttle signal), or that nothing does any more. Writes: hartonomous.watermarks.
-- Mode: RPC, outside of a batch. Parameters: @P1 bigint: run_id; @P2 int: writer; @P3 nvarchar(400): signal or NULL.
-- Result, one row: RowsWritten int (0: the writer has committed nothing yet).
UPDATE hartonomous.watermarks
SET held_by = @P3, updated_at = SYSUTCDATETIME()
WHERE run_id = @P1 AND writer = @P2;
SELECT @@ROWCOUNT AS RowsWritten;
