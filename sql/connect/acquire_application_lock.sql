-- Takes the application lock that keeps two runs apart. It belongs to the session: it goes with the connection.
-- Reads and writes: the lock manager. Mode: RPC. Parameters: @P1 int: how long to wait, milliseconds, 0 not at all.
-- Result, one row: LockResult int: 0 or 1 taken, -1 another session has it, -2 cancelled, -3 deadlock victim, -999 bad call.
-- A deadlock here raises no error and rolls nothing back, so the number must be looked at.
DECLARE @result int;
EXEC @result = sys.sp_getapplock @Resource = N'hartonomous.migration', @LockMode = N'Exclusive', @LockOwner = N'Session',
     @LockTimeout = @P1;
SELECT @result AS LockResult;
