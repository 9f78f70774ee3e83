-- The newest backup of a database's log that took the database out of use (WITH NORECOVERY). Reads: msdb.dbo.backupset,
-- msdb.dbo.backupmediafamily. Writes: nothing. Mode: RPC. Parameter: @P1 nvarchar(128): name of the database.
-- Result, one row or none: Device nvarchar(260), Position int, FinishedAt datetime (the server's local time),
-- Description nvarchar(255), IsNewest bit (no other backup of the database came after it).
SELECT TOP (1) m.physical_device_name AS Device, s.position AS Position, s.backup_finish_date AS FinishedAt,
       s.description AS Description,
       CAST(CASE WHEN EXISTS (SELECT 1 FROM msdb.dbo.backupset AS n
                              WHERE n.database_name = @P1 AND n.backup_set_id > s.backup_set_id) THEN 0 ELSE 1 END AS bit) AS IsNewest
FROM msdb.dbo.backupset AS s
JOIN msdb.dbo.backupmediafamily AS m ON m.media_set_id = s.media_set_id AND m.mirror = 0
WHERE s.database_name = @P1 AND s.type = 'L' AND s.is_force_offline = 1
ORDER BY s.backup_set_id DESC;
