-- The newest full backup of a database that can count: with checksums, undamaged, no snapshot, one file on disk, begun before a
-- time. Reads: msdb.dbo.backupset, msdb.dbo.backupmediafamily. Writes: nothing. Mode: RPC. Parameters: @P1 nvarchar(128): name
-- of the database; @P2 datetime2(7): the time, UTC; NULL: any; @P3 int: the number of one backup set; NULL: the newest.
-- Result, one row or none: BackupSetId int, Device nvarchar(260), Position int.
SELECT TOP (1) s.backup_set_id AS BackupSetId, m.physical_device_name AS Device, s.position AS Position
FROM msdb.dbo.backupset AS s
JOIN msdb.dbo.backupmediafamily AS m ON m.media_set_id = s.media_set_id AND m.mirror = 0
WHERE s.database_name = @P1 AND s.type = 'D' AND s.has_backup_checksums = 1 AND s.is_damaged = 0 AND s.is_snapshot = 0
  AND m.device_type % 100 = 2
  AND (SELECT COUNT(*) FROM msdb.dbo.backupmediafamily AS f WHERE f.media_set_id = s.media_set_id AND f.mirror = 0) = 1
  AND (@P3 IS NULL OR s.backup_set_id = @P3)
  AND (@P2 IS NULL OR
       CASE WHEN s.time_zone BETWEEN -48 AND 56 THEN DATEADD(MINUTE, -15 * s.time_zone, s.backup_start_date)
            ELSE DATEADD(MINUTE, DATEDIFF(MINUTE, SYSDATETIME(), SYSUTCDATETIME()), s.backup_start_date) END < @P2)
ORDER BY s.backup_start_date DESC, s.backup_set_id DESC;
