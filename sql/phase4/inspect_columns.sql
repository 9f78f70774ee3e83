-- The columns of dbo.AtomEmbeddings and of its memory-optimised copy. Reads: the catalog. Writes: nothing. Mode: batch or RPC, no
-- parameters. Result, by TableName and ColumnId: TableName nvarchar(128), ColumnId int, ColumnName nvarchar(128), TypeName
-- nvarchar(128), MaxLength smallint, TypePrecision, Scale tinyint, IsNullable, IsIdentity, IsComputed bit, Collation nvarchar(128)
-- (NULL: the database's own, or no text).
SELECT o.name AS TableName, c.column_id AS ColumnId, c.name AS ColumnName, t.name AS TypeName, c.max_length AS MaxLength,
       c.precision AS TypePrecision, c.scale AS Scale, c.is_nullable AS IsNullable, c.is_identity AS IsIdentity,
       c.is_computed AS IsComputed,
       CASE WHEN c.collation_name <> CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)) THEN c.collation_name END AS Collation
FROM sys.tables AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.columns AS c ON c.object_id = o.object_id
JOIN sys.types AS t ON t.user_type_id = c.user_type_id
WHERE s.name = N'dbo' AND o.name IN (N'AtomEmbeddings', N'AtomEmbeddings_InMemory')
ORDER BY o.name, c.column_id;
