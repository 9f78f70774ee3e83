-- What is a session doing, how far is it, and who is in its way? Reads: sys.dm_exec_requests, sys.dm_exec_sessions (VIEW SERVER
-- PERFORMANCE STATE). Writes: nothing. Mode: RPC. Parameter: @P1 int: the session. Result, one row or none when it is idle:
-- Command nvarchar(32), PercentComplete real (0 for statements that do not tell, ALTER TABLE among them), WaitType nvarchar(60)
-- (NULL: it works), WaitMs int, Reads bigint, Writes bigint, LogicalReads bigint, CpuMs int, BlockingSessionId int (0: nobody),
-- BlockingLogin, BlockingHost, BlockingProgram nvarchar(128).
SELECT r.command AS Command, r.percent_complete AS PercentComplete, r.wait_type AS WaitType, r.wait_time AS WaitMs,
       r.reads AS Reads, r.writes AS Writes, r.logical_reads AS LogicalReads, r.cpu_time AS CpuMs,
       CAST(r.blocking_session_id AS int) AS BlockingSessionId, b.login_name AS BlockingLogin, b.host_name AS BlockingHost,
       b.program_name AS BlockingProgram
FROM sys.dm_exec_requests AS r
LEFT JOIN sys.dm_exec_sessions AS b ON b.session_id = r.blocking_session_id AND r.blocking_session_id > 0
WHERE r.session_id = @P1;
