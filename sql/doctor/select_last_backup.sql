-- The newest full backup of this database (a usable one, with checksums and undamaged, if there is any), and the last schema change of its three tables, both in the server's local time.
-- Reads: msdb.dbo.backupset (holds successful backups only; SELECT in msdb needed), sys.tables, sys.databases. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: LastSchemaChange datetime, BackupSetId int (NULL: no backup),
-- StartedAt datetime, FinishedAt datetime, HasChecksums bit, IsDamaged bit, IsCopyOnly bit, IsSnapshot bit, SameLineage bit
-- (recovery fork of this database; a restore forks; NULL: not visible to this login), SizeBytes bigint, Device nvarchar(260), IsNewEnough bit (started after the change).
-- Managed Instance does not list its automatic backups.
SELECT c.LastSchemaChange, b.BackupSetId, b.StartedAt, b.FinishedAt, b.HasChecksums, b.IsDamaged, b.IsCopyOnly, b.IsSnapshot,
       b.SameLineage, b.SizeBytes, b.Device,
       CAST(CASE WHEN b.StartedAt > c.LastSchemaChange THEN 1 ELSE 0 END AS bit) AS IsNewEnough
FROM (SELECT MAX(t.modify_date) AS LastSchemaChange
      FROM sys.tables AS t
      WHERE t.object_id IN (OBJECT_ID(N'dbo.Atoms'), OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings'))) AS c
OUTER APPLY (SELECT TOP (1) s.backup_set_id AS BackupSetId, s.backup_start_date AS StartedAt, s.backup_finish_date AS FinishedAt,
                    s.has_backup_checksums AS HasChecksums, s.is_damaged AS IsDamaged, s.is_copy_only AS IsCopyOnly,
                    s.is_snapshot AS IsSnapshot,
                    CAST(CASE WHEN r.recovery_fork_guid IS NULL THEN NULL WHEN s.last_recovery_fork_guid = r.recovery_fork_guid THEN 1 ELSE 0 END AS bit) AS SameLineage,
                    CAST(s.backup_size AS bigint) AS SizeBytes,
                    (SELECT MIN(m.physical_device_name) FROM msdb.dbo.backupmediafamily AS m WHERE m.media_set_id = s.media_set_id) AS Device
             FROM msdb.dbo.backupset AS s
             LEFT JOIN sys.database_recovery_status AS r ON r.database_id = DB_ID()
             WHERE s.database_name = DB_NAME() AND s.type = 'D'
             ORDER BY CASE WHEN s.has_backup_checksums = 1 AND s.is_damaged = 0 THEN 0 ELSE 1 END, s.backup_start_date DESC, s.backup_set_id DESC) AS b;
