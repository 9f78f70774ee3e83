-- Adds the filegroup for memory-optimised data; on request only. Writes: the database's files. Mode: batch, not inside a transaction
-- (Msg 226), not while a backup runs. ALTER on the database. No result.
ALTER DATABASE CURRENT ADD FILEGROUP hartonomous_memory CONTAINS MEMORY_OPTIMIZED_DATA;
