-- How much memory may memory-optimised tables of this database have? Reads: server properties, sys.dm_os_sys_info,
-- sys.dm_resource_governor_resource_pools, sys.databases (VIEW SERVER PERFORMANCE STATE). Writes: nothing. Mode: batch or RPC, no
-- parameters. Result, one row: EngineEdition int (2 Standard, 3 Enterprise, 4 Express, 5 Azure SQL Database, 8 Managed Instance),
-- Edition nvarchar(128), PhysicalKb bigint (of the machine), ServerTargetKb bigint (max server memory and the machine decide), PoolName
-- nvarchar(128), PoolTargetKb, PoolUsedKb bigint. A database that is bound to no pool uses pool 2, which is called default.
SELECT CAST(SERVERPROPERTY('EngineEdition') AS int) AS EngineEdition, CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS Edition,
       i.physical_memory_kb AS PhysicalKb, i.committed_target_kb AS ServerTargetKb, p.name AS PoolName,
       p.target_memory_kb AS PoolTargetKb, p.used_memory_kb AS PoolUsedKb
FROM sys.databases AS d
JOIN sys.dm_resource_governor_resource_pools AS p ON p.pool_id = ISNULL(d.resource_pool_id, 2)
CROSS JOIN sys.dm_os_sys_info AS i
WHERE d.database_id = DB_ID();
