-- Does a backup of this database run? ALTER DATABASE ADD FILE would wait for it. Reads: sys.dm_exec_requests, sys.dm_tran_locks (VIEW
-- SERVER PERFORMANCE STATE): a backup that was started from another database is seen by its lock alone. Writes: nothing. Mode: batch or
-- RPC, no parameters. Result: SessionId int, Command nvarchar(60).
SELECT CAST(r.session_id AS int) AS SessionId, CAST(r.command AS nvarchar(60)) AS Command
FROM sys.dm_exec_requests AS r
WHERE r.database_id = DB_ID() AND r.command LIKE N'BACKUP%'
UNION
SELECT CAST(l.request_session_id AS int) AS SessionId, CAST(l.resource_subtype AS nvarchar(60)) AS Command
FROM sys.dm_tran_locks AS l
WHERE l.resource_database_id = DB_ID() AND l.resource_subtype LIKE N'BULKOP_BACKUP%';
