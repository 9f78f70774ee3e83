-- Rollback: removes the container that phase 4 made. The last one of a database stops its engine for memory-optimised tables, from
-- SQL Server 2025 on; it waits for checkpoints and for the log to be truncated, and may be broken off and sent again. Writes: the
-- database's files. Mode: batch, not inside a transaction. No result.
ALTER DATABASE CURRENT REMOVE FILE hartonomous_memory;
