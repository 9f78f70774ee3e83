-- Lets statistics be updated in the background again, in a database that was taken over and not restored: a restored one has the
-- options of its backup. Writes: an option of the database. Marker: Database. Mode: batch, in master, not inside a transaction;
-- ALTER on the database. No result.
ALTER DATABASE /*{Database}*/[Hartonomous]/*{end}*/ SET AUTO_UPDATE_STATISTICS_ASYNC ON;
