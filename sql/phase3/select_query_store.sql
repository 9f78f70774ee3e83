-- Does the Query Store see who uses the column, and for how long does it remember? Reads: sys.database_query_store_options
-- (VIEW DATABASE PERFORMANCE STATE). Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: State nvarchar(60)
-- ('READ_WRITE' sees everything, 'READ_ONLY' nothing new, 'OFF' nothing), KeptDays bigint (NULL: not known).
SELECT o.actual_state_desc AS State, o.stale_query_threshold_days AS KeptDays
FROM sys.database_query_store_options AS o;
