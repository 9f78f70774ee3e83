-- User sessions that wait for the tool's sessions, for the throttle. Reads: sys.dm_exec_requests, sys.dm_exec_sessions (VIEW
-- SERVER PERFORMANCE STATE). Writes: nothing. Mode: batch or RPC, no parameters. The tool's sessions are those whose program
-- is 'hartonomous' or begins with 'hartonomous '. Result, longest wait first: SessionId int, LoginName nvarchar(128),
-- BlockedBy int, WaitType nvarchar(60), WaitMilliseconds int. Error: 51102 the login sees its own session only: without the
-- permission these views are short, not refused, and nobody seems to wait.
IF ISNULL(HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER PERFORMANCE STATE'), 0) = 0
    THROW 51102, 'sessions that wait cannot be seen without VIEW SERVER PERFORMANCE STATE', 1;
SELECT CAST(r.session_id AS int) AS SessionId, s.login_name AS LoginName, CAST(r.blocking_session_id AS int) AS BlockedBy,
       r.wait_type AS WaitType, r.wait_time AS WaitMilliseconds
FROM sys.dm_exec_requests AS r
JOIN sys.dm_exec_sessions AS s ON s.session_id = r.session_id
JOIN sys.dm_exec_sessions AS b ON b.session_id = r.blocking_session_id
WHERE r.database_id = DB_ID()
  AND (b.program_name = N'hartonomous' OR b.program_name LIKE N'hartonomous %')
  AND (s.program_name IS NULL OR (s.program_name <> N'hartonomous' AND s.program_name NOT LIKE N'hartonomous %'))
ORDER BY r.wait_time DESC;
