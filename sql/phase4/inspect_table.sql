-- Is the memory-optimised copy there, and of what kind? Reads: the catalog. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, at most one row: ObjectId int, IsMemoryOptimized bit, Durability nvarchar(60) ('SCHEMA_AND_DATA': its rows survive a
-- restart), CreatedAt datetime.
SELECT o.object_id AS ObjectId, o.is_memory_optimized AS IsMemoryOptimized, o.durability_desc AS Durability, o.create_date AS CreatedAt
FROM sys.tables AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE s.name = N'dbo' AND o.name = N'AtomEmbeddings_InMemory';
