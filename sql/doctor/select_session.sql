-- The session as the server sees it. Reads: sys.dm_exec_sessions (the own session is always visible). Writes: nothing.
-- Mode: batch or RPC. Result, one row: SessionId int, ProgramName nvarchar(128), QuotedIdentifier bit, AnsiNulls bit,
-- AnsiPadding bit, AnsiWarnings bit, Arithabort bit, ConcatNullYieldsNull bit, LockTimeout int, DeadlockPriority int,
-- IsolationLevel int (2: read committed), Language nvarchar(128), DateFormat nvarchar(3), OpenTransactions int.
SELECT CAST(s.session_id AS int) AS SessionId, s.program_name AS ProgramName, s.quoted_identifier AS QuotedIdentifier,
       s.ansi_nulls AS AnsiNulls, s.ansi_padding AS AnsiPadding, s.ansi_warnings AS AnsiWarnings, s.arithabort AS Arithabort,
       s.concat_null_yields_null AS ConcatNullYieldsNull, s.lock_timeout AS LockTimeout, s.deadlock_priority AS DeadlockPriority,
       CAST(s.transaction_isolation_level AS int) AS IsolationLevel, s.language AS Language, s.date_format AS DateFormat,
       s.open_transaction_count AS OpenTransactions
FROM sys.dm_exec_sessions AS s
WHERE s.session_id = @@SPID;
