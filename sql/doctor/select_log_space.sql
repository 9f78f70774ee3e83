-- How full is the log? Reads: sys.dm_db_log_space_usage, sys.databases. Writes: nothing. Mode: batch or RPC.
-- Result, one row: TotalBytes bigint, UsedBytes bigint, UsedPercent real, BytesSinceLastBackup bigint, LogReuseWait nvarchar(60).
SELECT u.total_log_size_in_bytes AS TotalBytes, u.used_log_space_in_bytes AS UsedBytes, u.used_log_space_in_percent AS UsedPercent,
       u.log_space_in_bytes_since_last_backup AS BytesSinceLastBackup, d.log_reuse_wait_desc AS LogReuseWait
FROM sys.dm_db_log_space_usage AS u
CROSS JOIN sys.databases AS d
WHERE d.database_id = DB_ID();
