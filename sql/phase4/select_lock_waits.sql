-- Has this session waited for a lock since it was opened, and does anybody wait for one on the memory-optimised table now? Memory-optimised
-- tables are not in sys.dm_db_index_operational_stats, so no view counts lock waits by that table. Reads: sys.dm_exec_session_wait_stats,
-- sys.dm_exec_sessions, sys.dm_tran_locks (VIEW SERVER PERFORMANCE STATE). Writes: nothing. Mode: batch or RPC, no parameters. Result, one
-- row: SessionLockWaits bigint, SessionLockMilliseconds bigint, SessionSince datetime (the server's local time), WaitingNow bigint.
SELECT ISNULL((SELECT SUM(w.waiting_tasks_count) FROM sys.dm_exec_session_wait_stats AS w
               WHERE w.session_id = @@SPID AND w.wait_type LIKE N'LCK[_]M[_]%'), 0) AS SessionLockWaits,
       ISNULL((SELECT SUM(w.wait_time_ms) FROM sys.dm_exec_session_wait_stats AS w
               WHERE w.session_id = @@SPID AND w.wait_type LIKE N'LCK[_]M[_]%'), 0) AS SessionLockMilliseconds,
       s.login_time AS SessionSince,
       (SELECT COUNT_BIG(*) FROM sys.dm_tran_locks AS l
        WHERE l.resource_database_id = DB_ID() AND l.resource_type = N'OBJECT' AND l.request_status <> N'GRANT'
          AND l.resource_associated_entity_id = OBJECT_ID(N'dbo.AtomEmbeddings_InMemory')) AS WaitingNow
FROM sys.dm_exec_sessions AS s
WHERE s.session_id = @@SPID;
