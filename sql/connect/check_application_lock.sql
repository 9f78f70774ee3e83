-- Does this session still hold the application lock? Reads: the lock manager. Writes: nothing. Mode: batch or RPC.
-- Result, one row: LockMode nvarchar(32) ('Exclusive' when held, 'NoLock' when not).
SELECT APPLOCK_MODE(N'public', N'hartonomous.migration', N'Session') AS LockMode;
