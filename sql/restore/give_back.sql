-- Lets everybody into the database again. Writes: an option of the database. Marker: Database. Mode: batch, in master, not inside
-- a transaction; ALTER on the database. Errors: 5064: somebody else is the single user; 5052: it is being restored. No result.
ALTER DATABASE /*{Database}*/[Hartonomous]/*{end}*/ SET MULTI_USER;
