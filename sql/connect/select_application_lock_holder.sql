-- Who holds the application lock? Reads: sys.dm_tran_locks, sys.dm_exec_sessions (VIEW SERVER PERFORMANCE STATE, else only the
-- own session shows). Writes: nothing. Mode: batch or RPC, no parameters. Result: SessionId int, LoginName nvarchar(128),
-- HostName nvarchar(128), ProgramName nvarchar(128), HostProcessId int, LoginTime datetime, LastRequestAt datetime,
-- RequestMode nvarchar(60), RequestStatus nvarchar(60). resource_description shows the first 32 characters of the name.
SELECT CAST(l.request_session_id AS int) AS SessionId, s.login_name AS LoginName, s.host_name AS HostName, s.program_name AS ProgramName,
       s.host_process_id AS HostProcessId, s.login_time AS LoginTime, s.last_request_start_time AS LastRequestAt,
       l.request_mode AS RequestMode, l.request_status AS RequestStatus
FROM sys.dm_tran_locks AS l
JOIN sys.dm_exec_sessions AS s ON s.session_id = l.request_session_id
WHERE l.resource_type = N'APPLICATION'
  AND l.resource_database_id = DB_ID()
  AND l.resource_description LIKE N'%hartonomous.migration%'
ORDER BY l.request_status, l.request_session_id;
