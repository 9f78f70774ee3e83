-- Who is in the database? Reads: sys.dm_exec_sessions (VIEW SERVER PERFORMANCE STATE). Writes: nothing. Mode: RPC.
-- Parameter: @P1 nvarchar(128): name of the database. Result, by SessionId: SessionId int, LoginName nvarchar(128),
-- HostName nvarchar(128), ProgramName nvarchar(128), HostProcessId int, OpenTransactions int.
SELECT CAST(s.session_id AS int) AS SessionId, s.login_name AS LoginName, ISNULL(s.host_name, N'') AS HostName,
       ISNULL(s.program_name, N'') AS ProgramName, s.host_process_id AS HostProcessId,
       s.open_transaction_count AS OpenTransactions
FROM sys.dm_exec_sessions AS s
WHERE s.database_id = DB_ID(@P1) AND s.session_id <> @@SPID
ORDER BY s.session_id;
