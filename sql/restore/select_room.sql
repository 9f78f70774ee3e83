-- How much room is there where the database's files are? Reads: sys.master_files, sys.dm_os_volume_stats (VIEW SERVER
-- PERFORMANCE STATE). Writes: nothing. Mode: RPC. Parameter: @P1 nvarchar(128): name of the database.
-- Result, one row per file: PhysicalName nvarchar(260), SizeBytes bigint, VolumeMountPoint nvarchar(256), AvailableBytes bigint.
SELECT f.physical_name AS PhysicalName, CAST(f.size AS bigint) * 8192 AS SizeBytes, v.volume_mount_point AS VolumeMountPoint,
       CAST(v.available_bytes AS bigint) AS AvailableBytes
FROM sys.master_files AS f
CROSS APPLY sys.dm_os_volume_stats(f.database_id, f.file_id) AS v
WHERE f.database_id = DB_ID(@P1)
ORDER BY f.file_id;
