-- Says that the running migration has seen what it was asked, and what it does. Only the run that holds the fence can.
-- Writes: hartonomous.control. Mode: RPC. Parameters: @P1 bigint: fencing number; @P2 nvarchar(16): 'running', 'paused' or
-- 'stopping'; @P3 nvarchar(16): the request; @P4 nvarchar(400): what holds the writers, or NULL.
-- Result, one row: RowsWritten int (0: another run has taken over).
UPDATE c
SET c.state = @P2, c.acknowledged_request = @P3, c.held_by = @P4, c.updated_at = SYSUTCDATETIME(),
    c.acknowledged_at = CASE WHEN c.acknowledged_request = @P3 THEN c.acknowledged_at ELSE SYSUTCDATETIME() END
FROM hartonomous.control AS c
WHERE c.id = 1 AND EXISTS (SELECT 1 FROM hartonomous.fence AS f WHERE f.id = 1 AND f.fencing_number = @P1);
SELECT @@ROWCOUNT AS RowsWritten;
