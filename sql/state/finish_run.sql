-- Records the end of a command, once. Writes: hartonomous.runs. Mode: RPC. Parameters: @P1 bigint: run_id;
-- @P2 nvarchar(32): outcome; @P3 nvarchar(max): message or NULL. Result, one row: RowsWritten int (0: ended already).
UPDATE hartonomous.runs
SET ended_at = SYSUTCDATETIME(), outcome = @P2, message = @P3
WHERE run_id = @P1 AND ended_at IS NULL;
SELECT @@ROWCOUNT AS RowsWritten;
