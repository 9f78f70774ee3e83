-- The newest restore of a database from a full backup. Reads: msdb.dbo.restorehistory, msdb.dbo.backupset. Writes: nothing.
-- Mode: RPC. Parameter: @P1 nvarchar(128): name of the database. Result, one row or none: RestoreId int, RestoredAt datetime
-- (the server's local time), BackupStartedAt datetime (local).
SELECT TOP (1) r.restore_history_id AS RestoreId, r.restore_date AS RestoredAt, s.backup_start_date AS BackupStartedAt
FROM msdb.dbo.restorehistory AS r
JOIN msdb.dbo.backupset AS s ON s.backup_set_id = r.backup_set_id
WHERE r.destination_database_name = @P1 AND r.restore_type = 'D'
ORDER BY r.restore_history_id DESC;
