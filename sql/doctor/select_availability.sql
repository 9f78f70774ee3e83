-- Availability group state of this database, for the throttle. Reads: sys.dm_hadr_database_replica_states (VIEW SERVER
-- PERFORMANCE STATE). Writes: nothing. Mode: batch or RPC, no parameters. Result, one row per replica, none without a group:
-- IsLocal bit, IsPrimary bit, SynchronizationState nvarchar(60), IsSuspended bit, LogSendQueueKb bigint, LogSendRateKb bigint,
-- RedoQueueKb bigint, RedoRateKb bigint, SecondaryLagSeconds bigint.
SELECT r.is_local AS IsLocal, r.is_primary_replica AS IsPrimary, r.synchronization_state_desc AS SynchronizationState,
       r.is_suspended AS IsSuspended, r.log_send_queue_size AS LogSendQueueKb, r.log_send_rate AS LogSendRateKb,
       r.redo_queue_size AS RedoQueueKb, r.redo_rate AS RedoRateKb, CAST(r.secondary_lag_seconds AS bigint) AS SecondaryLagSeconds
FROM sys.dm_hadr_database_replica_states AS r
WHERE r.database_id = DB_ID();
