-- How much of tempdb the row versions of this database take, for the throttle. Reads: sys.dm_tran_version_store_space_usage
-- (VIEW SERVER PERFORMANCE STATE). Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: ReservedKb bigint
-- (0: no versions). With accelerated database recovery versions live in the database, and this stays 0.
SELECT ISNULL(SUM(CAST(v.reserved_space_kb AS bigint)), 0) AS ReservedKb
FROM sys.dm_tran_version_store_space_usage AS v
WHERE v.database_id = DB_ID();
