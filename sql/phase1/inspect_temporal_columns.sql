-- Lists the columns of the history table of dbo.AtomRelations, to compare with the current table.
-- Reads: the catalog. Writes: nothing. Parameters: none (batch or RPC). Result, empty when not system-versioned:
-- ColumnName nvarchar(128), TypeName nvarchar(128), IsNullable bit, by column_id.
SELECT c.name AS ColumnName, y.name AS TypeName, c.is_nullable AS IsNullable
FROM sys.tables AS t
JOIN sys.columns AS c ON c.object_id = t.history_table_id
JOIN sys.types AS y ON y.user_type_id = c.user_type_id
WHERE t.object_id = OBJECT_ID(N'dbo.AtomRelations')
ORDER BY c.column_id;
