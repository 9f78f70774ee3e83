-- Takes the database from everybody else and saves the tail of its log, in one batch: between the two nobody else shall find
-- the only seat free. Afterwards the database is in the state RESTORING and nobody can use it. Statistics are updated by a
-- background thread that could take the seat, so that is switched off first. The backup is appended to what the file holds.
-- Reads: the log. Writes: the file, msdb, options of the database; ends the other sessions in it and rolls them back.
-- Markers: Database, Tail (the file), Description. Mode: batch, in master, not inside a transaction; ALTER on the database,
-- BACKUP LOG. Errors: 5064 or 924: somebody else has the seat; 3101: the database is in use; 3201: the file cannot be written.
-- No result.
ALTER DATABASE /*{Database}*/[Hartonomous]/*{end}*/ SET AUTO_UPDATE_STATISTICS_ASYNC OFF;
ALTER DATABASE /*{Database}*/[Hartonomous]/*{end}*/ SET SINGLE_USER WITH ROLLBACK IMMEDIATE;
BACKUP LOG /*{Database}*/[Hartonomous]/*{end}*/ TO DISK = /*{Tail}*/N'tail.trn'/*{end}*/
    WITH NORECOVERY, CHECKSUM, NAME = N'hartonomous: tail of the log', DESCRIPTION = /*{Description}*/N''/*{end}*/;
