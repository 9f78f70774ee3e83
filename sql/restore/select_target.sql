-- The database that is to be restored, as it is seen from master, and whether this login may restore it.
-- Reads: sys.databases, sys.master_files. Writes: nothing. Mode: RPC. Parameter: @P1 nvarchar(128): name of the database.
-- Result, one row or none: DatabaseId int, State nvarchar(60), UserAccess nvarchar(60), RecoveryModel nvarchar(60),
-- IsStatisticsAsync bit, IsInGroup bit (availability group), Snapshots int (database snapshots of it), IsPublished bit,
-- FileBytes bigint, IsSysadmin int, IsCreator int, IsOwner int (1: yes), UtcOffsetMinutes int (of the server's local time).
SELECT CAST(d.database_id AS int) AS DatabaseId, d.state_desc AS State, d.user_access_desc AS UserAccess,
       d.recovery_model_desc AS RecoveryModel, d.is_auto_update_stats_async_on AS IsStatisticsAsync,
       CAST(CASE WHEN d.group_database_id IS NULL THEN 0 ELSE 1 END AS bit) AS IsInGroup,
       (SELECT COUNT(*) FROM sys.databases AS s WHERE s.source_database_id = d.database_id) AS Snapshots,
       CAST(CASE WHEN d.is_published = 1 OR d.is_merge_published = 1 OR d.is_subscribed = 1 THEN 1 ELSE 0 END AS bit) AS IsPublished,
       (SELECT SUM(CAST(f.size AS bigint)) * 8192 FROM sys.master_files AS f WHERE f.database_id = d.database_id) AS FileBytes,
       ISNULL(IS_SRVROLEMEMBER(N'sysadmin'), 0) AS IsSysadmin, ISNULL(IS_SRVROLEMEMBER(N'dbcreator'), 0) AS IsCreator,
       CASE WHEN d.owner_sid = SUSER_SID() THEN 1 ELSE 0 END AS IsOwner,
       DATEDIFF(MINUTE, SYSUTCDATETIME(), SYSDATETIME()) AS UtcOffsetMinutes
FROM sys.databases AS d
WHERE d.name = @P1;
