-- Says what the run is doing. Only the run that holds the fence can. Writes: hartonomous.control. Mode: RPC.
-- Parameters: @P1 bigint: fencing number; @P2 nvarchar(16): 'idle', 'running', 'paused' or 'stopping'.
-- Result, one row: RowsWritten int (0: another run has taken over).
UPDATE c
SET c.state = @P2, c.held_by = NULL, c.updated_at = SYSUTCDATETIME()
FROM hartonomous.control AS c
WHERE c.id = 1 AND EXISTS (SELECT 1 FROM hartonomous.fence AS f WHERE f.id = 1 AND f.fencing_number = @P1);
SELECT @@ROWCOUNT AS RowsWritten;
