-- What database is it? Reads: sys.databases. Writes: nothing. Mode: batch or RPC, no parameters. Result, one row:
-- DatabaseName nvarchar(128), CompatibilityLevel int, RecoveryModel nvarchar(60), LogReuseWait nvarchar(60),
-- IsReadCommittedSnapshot bit, SnapshotIsolation nvarchar(60), IsReadOnly bit, State nvarchar(60), UserAccess nvarchar(60),
-- Collation nvarchar(128), IsCdcEnabled bit, IsPublished bit, IsSubscribed bit, IsQueryStoreOn bit, IsEncrypted bit,
-- IsElevateToSnapshot bit, IsAcceleratedRecovery bit, Updateability nvarchar(128), CreatedAt datetime.
SELECT d.name AS DatabaseName, CAST(d.compatibility_level AS int) AS CompatibilityLevel, d.recovery_model_desc AS RecoveryModel,
       d.log_reuse_wait_desc AS LogReuseWait, d.is_read_committed_snapshot_on AS IsReadCommittedSnapshot,
       d.snapshot_isolation_state_desc AS SnapshotIsolation, d.is_read_only AS IsReadOnly, d.state_desc AS State,
       d.user_access_desc AS UserAccess, d.collation_name AS Collation, d.is_cdc_enabled AS IsCdcEnabled,
       d.is_published AS IsPublished, d.is_subscribed AS IsSubscribed, d.is_query_store_on AS IsQueryStoreOn,
       d.is_encrypted AS IsEncrypted, d.is_memory_optimized_elevate_to_snapshot_on AS IsElevateToSnapshot,
       d.is_accelerated_database_recovery_on AS IsAcceleratedRecovery,
       CAST(DATABASEPROPERTYEX(d.name, 'Updateability') AS nvarchar(128)) AS Updateability, d.create_date AS CreatedAt
FROM sys.databases AS d
WHERE d.database_id = DB_ID();
