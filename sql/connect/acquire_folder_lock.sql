-- Takes the application lock of the folder of reference-count deltas: one folder at a time, on whichever host. Session-owned:
-- it goes with the connection. Writes: nothing. Mode: batch (an RPC would take the SET back at its end). Also makes this session the one that a deadlock chooses.
-- No parameters. Result, one row: LockResult int: 0 or 1 taken, -1 another session has it.
DECLARE @result int;
SET DEADLOCK_PRIORITY LOW;
EXEC @result = sys.sp_getapplock @Resource = N'hartonomous.folder', @LockMode = N'Exclusive', @LockOwner = N'Session',
     @LockTimeout = 0;
SELECT @result AS LockResult;
