-- Says what the run is doing. Only the run that holds the fence can. Writes: hartonomous.control. Mode: RPC.
-- Parameters: @P1 bigint: fencing number; @P2 nvarchar(16): 'idle', 'running', 'paused' or 'stopping'.
-- Result, one row: RowsWritten int (0: another run has taken over).
UPDATE hartonomous.control
SET state = @P2, updated_at = SYSUTCDATETIME()
WHERE id = 1 AND fencing_number = @P1;
SELECT @@ROWCOUNT AS RowsWritten;
