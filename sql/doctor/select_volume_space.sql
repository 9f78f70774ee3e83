-- How much room do the disks have? Reads: sys.dm_os_volume_stats (VIEW SERVER PERFORMANCE STATE). Writes: nothing. Mode: batch or
-- RPC, no parameters. Result, one row per file: FileId int, VolumeMountPoint nvarchar(256), AvailableBytes bigint, TotalBytes bigint.
SELECT f.file_id AS FileId, v.volume_mount_point AS VolumeMountPoint, CAST(v.available_bytes AS bigint) AS AvailableBytes,
       CAST(v.total_bytes AS bigint) AS TotalBytes
FROM sys.database_files AS f
CROSS APPLY sys.dm_os_volume_stats(DB_ID(), f.file_id) AS v
ORDER BY f.file_id;
