-- Asks the running migration to pause, to stop, or to go on. Any SQL client may do the same with one UPDATE.
-- Writes: hartonomous.control; waits for nobody. Mode: RPC. Parameter: @P1 nvarchar(16): 'none', 'pause' or 'stop' (else
-- Msg 547). Result, one row: State nvarchar(16), Request nvarchar(16), RunId bigint.
UPDATE hartonomous.control
SET request = @P1, requested_by = ORIGINAL_LOGIN(), requested_at = SYSUTCDATETIME()
OUTPUT inserted.state AS State, inserted.request AS Request, inserted.run_id AS RunId
WHERE id = 1;
