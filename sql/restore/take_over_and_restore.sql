-- The same for a database that has no tail (recovery model SIMPLE): takes it from everybody else and writes it over, in one
-- batch, so that nobody else finds the only seat free. Reads: the file. Writes: the whole database, msdb; ends the other
-- sessions in it and rolls them back. Markers: Database, Backup (the file), Position (of the backup in it). Mode: batch, in
-- master, not inside a transaction; sysadmin, dbcreator or the owner of the database.
-- Errors: as save_tail.sql and restore_database.sql. No result.
ALTER DATABASE /*{Database}*/[Hartonomous]/*{end}*/ SET AUTO_UPDATE_STATISTICS_ASYNC OFF;
ALTER DATABASE /*{Database}*/[Hartonomous]/*{end}*/ SET SINGLE_USER WITH ROLLBACK IMMEDIATE;
RESTORE DATABASE /*{Database}*/[Hartonomous]/*{end}*/ FROM DISK = /*{Backup}*/N'full.bak'/*{end}*/
    WITH FILE = /*{Position}*/1/*{end}*/, REPLACE, RECOVERY, CHECKSUM, STATS = 5;
