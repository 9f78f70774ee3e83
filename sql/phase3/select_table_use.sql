-- When was dbo.AtomEmbeddings last read and written at all, since the server started? No proof of who used the column, this program
-- reads the table too; evidence for whoever decides. Reads: sys.dm_db_index_usage_stats, sys.dm_os_sys_info (VIEW SERVER PERFORMANCE
-- STATE). Writes: nothing. Mode: batch or RPC, no parameters. Result, one row, times local to the server: StartedAt datetime,
-- LastWrittenAt datetime, LastReadAt datetime (NULL: not since then).
SELECT (SELECT i.sqlserver_start_time FROM sys.dm_os_sys_info AS i) AS StartedAt, MAX(u.last_user_update) AS LastWrittenAt,
       GREATEST(MAX(u.last_user_seek), MAX(u.last_user_scan), MAX(u.last_user_lookup)) AS LastReadAt
FROM sys.dm_db_index_usage_stats AS u
WHERE u.database_id = DB_ID() AND u.object_id = OBJECT_ID(N'dbo.AtomEmbeddings');
