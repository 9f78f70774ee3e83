-- Lists the statistics of dbo.AtomRelations that somebody created by name.
-- Reads: the catalog. Writes: nothing. Parameters: none (batch or RPC). Result: StatisticsName nvarchar(128),
-- ColumnOrdinal int, ColumnName nvarchar(128), HasFilter bit, by name and ordinal.
SELECT s.name AS StatisticsName, sc.stats_column_id AS ColumnOrdinal, c.name AS ColumnName, s.has_filter AS HasFilter
FROM sys.stats AS s
JOIN sys.stats_columns AS sc ON sc.object_id = s.object_id AND sc.stats_id = s.stats_id
JOIN sys.columns AS c ON c.object_id = sc.object_id AND c.column_id = sc.column_id
WHERE s.object_id = OBJECT_ID(N'dbo.AtomRelations') AND s.user_created = 1
ORDER BY s.name, sc.stats_column_id;
