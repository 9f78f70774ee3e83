SET NOCOUNT ON;
SELECT CAST(s.session_id AS smallint) AS spid, CAST(0 AS smallint) AS ecid, CAST(s.status AS nchar(30)) AS status, CAST(s.login_name AS nvarchar(128)) AS loginame,
       CAST(s.host_name AS nchar(128)) AS hostname, CAST(COALESCE(r.blocking_session_id, 0) AS char(5)) AS blk, CAST(DB_NAME(s.database_id) AS nvarchar(128)) AS dbname,
       CAST(COALESCE(r.command, N'AWAITING COMMAND') AS nchar(16)) AS cmd, 0 AS request_id
FROM sys.dm_exec_sessions AS s
LEFT JOIN sys.dm_exec_requests AS r ON r.session_id = s.session_id
WHERE @loginame IS NULL OR s.login_name = @loginame OR (@loginame = N'active' AND r.session_id IS NOT NULL)
   OR (ISNUMERIC(@loginame) = 1 AND s.session_id = TRY_CAST(@loginame AS int))
ORDER BY s.session_id;
