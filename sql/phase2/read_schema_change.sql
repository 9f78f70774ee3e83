-- When was the schema of the three tables changed last, and what time is it? Reads: the catalog. Writes: nothing. Mode: batch or RPC,
-- no parameters. Result, one row, both in the server's local time: LastSchemaChange datetime, ServerTime datetime. Disabling and
-- rebuilding an index is such a change (sys.objects.modify_date).
SELECT MAX(t.modify_date) AS LastSchemaChange, GETDATE() AS ServerTime
FROM sys.tables AS t
WHERE t.object_id IN (OBJECT_ID(N'dbo.Atoms'), OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings'));
