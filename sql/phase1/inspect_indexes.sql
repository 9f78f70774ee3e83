-- Lists the indexes of dbo.AtomRelations with everything that their definition consists of.
-- Reads: the catalog. Writes: nothing. Parameters: none (batch or RPC). Result, one row per index column and at least one
-- per index, by IndexId, KeyOrdinal, ColumnId: IndexId int, IndexName nvarchar(128), IndexType nvarchar(60), IsUnique bit,
-- IsPrimaryKey bit, IsDisabled bit, HasFilter bit, FilterText nvarchar(max), Compression nvarchar(60) (NULL for a spatial
-- index), ColumnId int, ColumnName nvarchar(128), KeyOrdinal int (0 for an included column), IsDescending bit, IsIncluded bit.
SELECT i.index_id AS IndexId, i.name AS IndexName, i.type_desc AS IndexType, i.is_unique AS IsUnique,
       i.is_primary_key AS IsPrimaryKey, i.is_disabled AS IsDisabled, i.has_filter AS HasFilter,
       i.filter_definition AS FilterText, p.data_compression_desc AS Compression, ic.column_id AS ColumnId,
       c.name AS ColumnName, CAST(ic.key_ordinal AS int) AS KeyOrdinal, ic.is_descending_key AS IsDescending,
       ic.is_included_column AS IsIncluded
FROM sys.indexes AS i
LEFT JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id AND p.partition_number = 1
LEFT JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
LEFT JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
WHERE i.object_id = OBJECT_ID(N'dbo.AtomRelations') AND i.index_id > 0
ORDER BY i.index_id, ic.key_ordinal, ic.column_id;
