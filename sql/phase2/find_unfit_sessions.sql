-- Sessions of others in this database whose SET options would make their writes to the base tables of an indexed view fail (Msg 1934).
-- ARITHABORT OFF does no harm while ANSI_WARNINGS is ON. Reads: sys.dm_exec_sessions (VIEW SERVER PERFORMANCE STATE). Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: Sessions bigint, Programs nvarchar(max) (NULL: none), SeesAll int (1: the login
-- sees the sessions of others, otherwise nothing is proven).
SELECT COUNT_BIG(*) AS Sessions,
       STRING_AGG(CAST(ISNULL(s.program_name, N'?') AS nvarchar(max)), N', ') AS Programs,
       CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER PERFORMANCE STATE') = 1 THEN 1 ELSE 0 END AS SeesAll
FROM sys.dm_exec_sessions AS s
WHERE s.is_user_process = 1 AND s.database_id = DB_ID() AND s.session_id <> @@SPID
  AND (s.quoted_identifier = 0 OR s.ansi_nulls = 0 OR s.ansi_padding = 0 OR s.ansi_warnings = 0 OR s.concat_null_yields_null = 0);
