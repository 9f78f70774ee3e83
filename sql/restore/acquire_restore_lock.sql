-- Takes the application lock that keeps two restores of one database apart. It is in master, because the database itself goes
-- away. Owner: the session. Reads and writes: nothing. Mode: RPC, in master. Parameter: @P1 nvarchar(128): name of the database.
-- Result, one row: LockResult int: 0 or 1 taken, -1 another session has it.
DECLARE @name nvarchar(255) = N'hartonomous.restore.' + @P1, @result int;
EXEC @result = sys.sp_getapplock @Resource = @name, @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0,
     @DbPrincipal = 'public';
SELECT @result AS LockResult;
