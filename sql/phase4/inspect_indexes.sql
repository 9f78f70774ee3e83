-- The indexes of the memory-optimised copy, as declared. Reads: the catalog. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, by IndexName and KeyOrdinal: IndexName nvarchar(128), IndexType nvarchar(60) ('NONCLUSTERED HASH', 'NONCLUSTERED'),
-- IsPrimaryKey bit, BucketCount int (NULL unless a hash index), ColumnName nvarchar(128), KeyOrdinal tinyint.
SELECT i.name AS IndexName, i.type_desc AS IndexType, i.is_primary_key AS IsPrimaryKey, h.bucket_count AS BucketCount,
       c.name AS ColumnName, k.key_ordinal AS KeyOrdinal
FROM sys.indexes AS i
JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
LEFT JOIN sys.hash_indexes AS h ON h.object_id = i.object_id AND h.index_id = i.index_id
WHERE i.object_id = OBJECT_ID(N'dbo.AtomEmbeddings_InMemory') AND i.index_id > 0
ORDER BY i.name, k.key_ordinal;
