-- What do memory-optimised tables of this database use? Reads: sys.dm_db_xtp_table_memory_stats (VIEW DATABASE PERFORMANCE STATE).
-- Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: OwnKb bigint (rows and indexes of
-- dbo.AtomEmbeddings_InMemory, used), AllKb bigint (allocated, of all tables of the database).
SELECT ISNULL(SUM(CASE WHEN s.object_id = OBJECT_ID(N'dbo.AtomEmbeddings_InMemory')
                       THEN CAST(s.memory_used_by_table_kb AS bigint) + CAST(s.memory_used_by_indexes_kb AS bigint) END), 0) AS OwnKb,
       ISNULL(SUM(CAST(s.memory_allocated_for_table_kb AS bigint) + CAST(s.memory_allocated_for_indexes_kb AS bigint)), 0) AS AllKb
FROM sys.dm_db_xtp_table_memory_stats AS s;
