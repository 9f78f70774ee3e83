-- Writes the database over with a full backup and opens it. Needs the database in the state RESTORING (or not in use).
-- Reads: the file. Writes: the whole database, msdb. Markers: Database, Backup (the file), Position (of the backup in it).
-- Mode: batch, in master, not inside a transaction; sysadmin, dbcreator or the owner of the database.
-- Errors: 3101: the database is in use; 3183, 3189, 3203, 3241 and their like: the backup is damaged. No result.
RESTORE DATABASE /*{Database}*/[Hartonomous]/*{end}*/ FROM DISK = /*{Backup}*/N'full.bak'/*{end}*/
    WITH FILE = /*{Position}*/1/*{end}*/, REPLACE, RECOVERY, CHECKSUM, STATS = 5;
