-- Rollback: is anything memory-optimised left in this database? While there is, its container stays. Reads: the catalog. Writes:
-- nothing. Mode: batch or RPC, no parameters. Result: ObjectName nvarchar(258), ObjectKind nvarchar(32), by name.
SELECT s.name + N'.' + o.name AS ObjectName, N'table' AS ObjectKind
FROM sys.tables AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE o.is_memory_optimized = 1
UNION ALL
SELECT s.name + N'.' + o.name AS ObjectName, N'native module' AS ObjectKind
FROM sys.sql_modules AS m
JOIN sys.objects AS o ON o.object_id = m.object_id
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE m.uses_native_compilation = 1
UNION ALL
SELECT s.name + N'.' + t.name AS ObjectName, N'table type' AS ObjectKind
FROM sys.table_types AS t
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE t.is_memory_optimized = 1
ORDER BY ObjectName;
