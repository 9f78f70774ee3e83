-- The newest full backup of this database that can count: with checksums, undamaged, of this recovery fork, no snapshot.
-- Reads: msdb.dbo.backupset, msdb.dbo.backupmediafamily, sys.database_recovery_status. Writes: nothing. Mode: batch or RPC, no
-- parameters. Backups are dated in the server's local time; time_zone has its quarter hours, or 127 when unknown.
-- Result, one row or none: BackupSetId int, StartedUtc datetime2(7), StartedAt datetime (local), Position int, Families int,
-- Device nvarchar(260), DeviceType int (2 disk, 7 virtual, 9 URL), IsCopyOnly bit.
SELECT TOP (1) s.backup_set_id AS BackupSetId,
       CAST(CASE WHEN s.time_zone BETWEEN -48 AND 56 THEN DATEADD(MINUTE, -15 * s.time_zone, s.backup_start_date)
                 ELSE DATEADD(MINUTE, DATEDIFF(MINUTE, SYSDATETIME(), SYSUTCDATETIME()), s.backup_start_date) END AS datetime2(7)) AS StartedUtc,
       s.backup_start_date AS StartedAt, s.position AS Position,
       (SELECT COUNT(*) FROM msdb.dbo.backupmediafamily AS m WHERE m.media_set_id = s.media_set_id AND m.mirror = 0) AS Families,
       (SELECT MIN(m.physical_device_name) FROM msdb.dbo.backupmediafamily AS m WHERE m.media_set_id = s.media_set_id AND m.mirror = 0) AS Device,
       (SELECT MIN(CAST(m.device_type AS int)) FROM msdb.dbo.backupmediafamily AS m WHERE m.media_set_id = s.media_set_id AND m.mirror = 0) AS DeviceType,
       s.is_copy_only AS IsCopyOnly
FROM msdb.dbo.backupset AS s
LEFT JOIN sys.database_recovery_status AS r ON r.database_id = DB_ID()
WHERE s.database_name = DB_NAME() AND s.type = 'D' AND s.has_backup_checksums = 1 AND s.is_damaged = 0 AND s.is_snapshot = 0
  AND (r.recovery_fork_guid IS NULL OR s.last_recovery_fork_guid = r.recovery_fork_guid)
ORDER BY s.backup_start_date DESC, s.backup_set_id DESC;
