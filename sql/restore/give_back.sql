-- Lets everybody into the database again. Writes: options of the database. Markers: Database, Async (OFF or ON: whether
-- statistics are updated in the background). Mode: batch, in master, not inside a transaction; ALTER on the database.
-- Errors: 5064: somebody else is the single user; 5052: it is being restored. No result.
ALTER DATABASE /*{Database}*/[Hartonomous]/*{end}*/ SET MULTI_USER;
ALTER DATABASE /*{Database}*/[Hartonomous]/*{end}*/ SET AUTO_UPDATE_STATISTICS_ASYNC /*{Async}*/OFF/*{end}*/;
