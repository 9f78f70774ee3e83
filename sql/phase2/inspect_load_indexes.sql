-- The nonclustered and spatial indexes of dbo.AtomRelations: may a load in a maintenance window do without one?
-- Reads: the catalog. Writes: nothing. Mode: batch or RPC, no parameters. Result, by IndexName: IndexName nvarchar(128),
-- IndexType nvarchar(60), IsUnique bit, IsConstraint bit (primary key or unique constraint), IsReferenced bit (a foreign key
-- of some table relies on it), IsDisabled bit, Compression nvarchar(60) (NULL for a spatial or disabled index), IndexKeys
-- nvarchar(max) (column names in key order).
SELECT i.name AS IndexName, i.type_desc AS IndexType, i.is_unique AS IsUnique,
       CAST(CASE WHEN i.is_primary_key = 1 OR i.is_unique_constraint = 1 THEN 1 ELSE 0 END AS bit) AS IsConstraint,
       CAST(CASE WHEN EXISTS (SELECT 1 FROM sys.foreign_keys AS f
                              WHERE f.referenced_object_id = i.object_id AND f.key_index_id = i.index_id) THEN 1 ELSE 0 END AS bit) AS IsReferenced,
       i.is_disabled AS IsDisabled, p.data_compression_desc AS Compression, k.IndexKeys
FROM sys.indexes AS i
LEFT JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id AND p.partition_number = 1
OUTER APPLY (SELECT STRING_AGG(CAST(c.name AS nvarchar(max)), N', ') WITHIN GROUP (ORDER BY ic.key_ordinal) AS IndexKeys
             FROM sys.index_columns AS ic
             JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
             WHERE ic.object_id = i.object_id AND ic.index_id = i.index_id AND ic.is_included_column = 0) AS k
WHERE i.object_id = OBJECT_ID(N'dbo.AtomRelations') AND i.index_id > 1
ORDER BY i.name;
