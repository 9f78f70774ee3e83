-- Vector and json indexes on the tables: while a vector index exists, every write to its table is Msg 42231.
-- Reads: sys.indexes. Writes: nothing. Mode: batch or RPC, no parameters. Result, by both names: TableName nvarchar(128),
-- IndexName nvarchar(128), IndexType nvarchar(60).
SELECT OBJECT_NAME(i.object_id) AS TableName, i.name AS IndexName, i.type_desc AS IndexType
FROM sys.indexes AS i
WHERE i.object_id IN (OBJECT_ID(N'dbo.Atoms'), OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings')) AND i.type > 7
ORDER BY OBJECT_NAME(i.object_id), i.name;
