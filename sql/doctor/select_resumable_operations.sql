-- Paused or running index builds on the tables, which block DDL. Reads: sys.index_resumable_operations. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result: TableName nvarchar(128), IndexName nvarchar(128), State nvarchar(60),
-- PercentComplete float, StartedAt datetime, LastPausedAt datetime.
SELECT OBJECT_NAME(o.object_id) AS TableName, o.name AS IndexName, o.state_desc AS State, o.percent_complete AS PercentComplete,
       o.start_time AS StartedAt, o.last_pause_time AS LastPausedAt
FROM sys.index_resumable_operations AS o
WHERE o.object_id IN (OBJECT_ID(N'dbo.Atoms'), OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings'))
ORDER BY o.name;
