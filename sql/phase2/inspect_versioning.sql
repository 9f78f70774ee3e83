-- Is dbo.AtomRelations system-versioned, and how? Reads: sys.tables. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, one row, or none when it is not: HistorySchema nvarchar(128), HistoryTable nvarchar(128), RetentionPeriod int
-- (-1: without end), RetentionUnit nvarchar(60) ('DAY', 'WEEK', 'MONTH', 'YEAR', 'INFINITE').
SELECT OBJECT_SCHEMA_NAME(t.history_table_id) AS HistorySchema, OBJECT_NAME(t.history_table_id) AS HistoryTable,
       t.history_retention_period AS RetentionPeriod, CAST(t.history_retention_period_unit_desc AS nvarchar(60)) AS RetentionUnit
FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(N'dbo.AtomRelations') AND t.temporal_type = 2;
