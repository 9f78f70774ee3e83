-- Rollback: removes the filegroup that phase 4 made, once it has no container (else Msg 5042). Writes: the database's files. Mode:
-- batch, not inside a transaction. No result.
ALTER DATABASE CURRENT REMOVE FILEGROUP hartonomous_memory;
