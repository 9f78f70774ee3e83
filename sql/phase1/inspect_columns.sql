-- Lists the columns of the tables that the migration works on.
-- Reads: the catalog. Writes: nothing. Promise: one row per column; a missing table has none.
-- Parameters: none (batch or RPC). Result: TableName nvarchar(128), ColumnId int, ColumnName nvarchar(128),
-- TypeName nvarchar(128), MaxLength smallint, IsNullable bit, IsIdentity bit, IsComputed bit, GeneratedAlways tinyint,
-- VectorDimensions int (NULL unless a vector), DefaultName nvarchar(128), DefaultText nvarchar(max), by table and ColumnId.
SELECT o.name AS TableName, c.column_id AS ColumnId, c.name AS ColumnName, t.name AS TypeName, c.max_length AS MaxLength,
       c.is_nullable AS IsNullable, c.is_identity AS IsIdentity, c.is_computed AS IsComputed,
       c.generated_always_type AS GeneratedAlways, c.vector_dimensions AS VectorDimensions,
       d.name AS DefaultName, d.definition AS DefaultText
FROM sys.tables AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.columns AS c ON c.object_id = o.object_id
JOIN sys.types AS t ON t.user_type_id = c.user_type_id
LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id
WHERE s.name = N'dbo' AND o.name IN (N'Atoms', N'AtomRelations', N'AtomEmbeddings', N'EmbeddingMigrationProgress')
ORDER BY o.name, c.column_id;
