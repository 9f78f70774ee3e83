-- Indexes of dbo.Atoms, dbo.AtomRelations and dbo.AtomEmbeddings that are disabled. Reads: the catalog. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, by both names: TableName nvarchar(128), IndexName nvarchar(128), IndexType nvarchar(60).
SELECT OBJECT_NAME(i.object_id) AS TableName, i.name AS IndexName, i.type_desc AS IndexType
FROM sys.indexes AS i
WHERE i.object_id IN (OBJECT_ID(N'dbo.Atoms'), OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings')) AND i.is_disabled = 1
ORDER BY TableName, IndexName;
