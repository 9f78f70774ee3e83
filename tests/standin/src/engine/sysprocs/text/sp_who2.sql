SET NOCOUNT ON;
SELECT CAST(s.session_id AS char(5)) AS SPID, CAST(s.status AS nvarchar(30)) AS Status, CAST(s.login_name AS nvarchar(128)) AS Login,
       CAST(COALESCE(s.host_name, N'  .') AS nvarchar(128)) AS HostName,
       CAST(CASE WHEN COALESCE(r.blocking_session_id, 0) = 0 THEN '  .' ELSE CAST(r.blocking_session_id AS varchar(5)) END AS char(5)) AS BlkBy,
       CAST(DB_NAME(s.database_id) AS nvarchar(128)) AS DBName, CAST(COALESCE(r.command, N'AWAITING COMMAND') AS nvarchar(16)) AS Command,
       s.cpu_time AS CPUTime, s.reads + s.writes AS DiskIO,
       CAST(SUBSTRING(CONVERT(varchar(30), COALESCE(s.last_request_start_time, s.login_time), 120), 6, 5) + ' ' + CONVERT(varchar(8), COALESCE(s.last_request_start_time, s.login_time), 108) AS varchar(14)) AS LastBatch,
       CAST(s.program_name AS nvarchar(128)) AS ProgramName, CAST(s.session_id AS char(5)) AS SPID, CAST(0 AS char(5)) AS REQUESTID
FROM sys.dm_exec_sessions AS s
LEFT JOIN sys.dm_exec_requests AS r ON r.session_id = s.session_id
WHERE @loginame IS NULL OR s.login_name = @loginame OR (@loginame = N'active' AND r.session_id IS NOT NULL)
   OR (ISNUMERIC(@loginame) = 1 AND s.session_id = TRY_CAST(@loginame AS int))
ORDER BY s.session_id;
