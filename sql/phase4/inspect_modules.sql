-- The natively compiled procedures, as they are in the database. Reads: the catalog (VIEW DEFINITION, else the definition is NULL).
-- Writes: nothing. Mode: batch or RPC, no parameters. Result, one row per procedure that exists: ModuleName nvarchar(128),
-- DefinitionSha256 varbinary(32), IsNative bit, by name.
SELECT o.name AS ModuleName, CAST(HASHBYTES('SHA2_256', m.definition) AS varbinary(32)) AS DefinitionSha256,
       m.uses_native_compilation AS IsNative
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.sql_modules AS m ON m.object_id = o.object_id
WHERE s.name = N'dbo' AND o.name IN (N'sp_GetAtomEmbeddingMetadata_Native', N'sp_FindAtomEmbeddingsBySpatialBucket_Native')
ORDER BY o.name;
