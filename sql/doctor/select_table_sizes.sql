-- How big are the tables? Reads: sys.dm_db_partition_stats (VIEW DATABASE PERFORMANCE STATE). Writes: nothing. Mode: batch or RPC.
-- Result, by TableName and IndexId: TableName nvarchar(128), IndexId int, IndexName nvarchar(128), RowCountEstimate bigint,
-- UsedPages bigint, ReservedPages bigint, LobPages bigint, OverflowPages bigint. Row counts are approximate.
SELECT OBJECT_NAME(s.object_id) AS TableName, s.index_id AS IndexId, i.name AS IndexName, SUM(s.row_count) AS RowCountEstimate,
       SUM(s.used_page_count) AS UsedPages, SUM(s.reserved_page_count) AS ReservedPages,
       SUM(s.lob_used_page_count) AS LobPages, SUM(s.row_overflow_used_page_count) AS OverflowPages
FROM sys.dm_db_partition_stats AS s
JOIN sys.indexes AS i ON i.object_id = s.object_id AND i.index_id = s.index_id
WHERE s.object_id IN (OBJECT_ID(N'dbo.Atoms'), OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings'),
                      OBJECT_ID(N'dbo.AtomRelations_History'), OBJECT_ID(N'dbo.EmbeddingMigrationProgress'))
GROUP BY s.object_id, s.index_id, i.name
ORDER BY OBJECT_NAME(s.object_id), s.index_id;
