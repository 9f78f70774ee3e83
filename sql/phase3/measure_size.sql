-- How big is dbo.AtomEmbeddings, without its nonclustered indexes? Reads: sys.dm_db_partition_stats (VIEW DATABASE PERFORMANCE
-- STATE). Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: UsedPages bigint (of 8,192 bytes: rows, overflow
-- and large values), RowCountEstimate bigint.
SELECT ISNULL(SUM(s.used_page_count), 0) AS UsedPages, ISNULL(SUM(s.row_count), 0) AS RowCountEstimate
FROM sys.dm_db_partition_stats AS s
WHERE s.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND s.index_id IN (0, 1);
