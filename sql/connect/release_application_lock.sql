-- Gives the application lock back. Reads and writes: the lock manager. Mode: batch or RPC, no parameters.
-- Not held by this session is Msg 1223. Result, one row: LockResult int (0).
DECLARE @result int;
EXEC @result = sys.sp_releaseapplock @Resource = N'hartonomous.migration', @LockOwner = N'Session';
SELECT @result AS LockResult;
