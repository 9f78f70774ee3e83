-- Lists the function, the procedures and the view of the migration with the settings they were created under.
-- Reads: the catalog (VIEW DEFINITION, else the definition is NULL). Writes: nothing. Parameters: none (batch or RPC).
-- Result, one row per module that exists: ModuleName nvarchar(128), TypeCode char(2), DefinitionSha256 varbinary(32),
-- UsesQuotedIdentifier bit, UsesAnsiNulls bit, IsSchemaBound bit, CreatedAt datetime, ModifiedAt datetime, by name.
SELECT o.name AS ModuleName, o.type AS TypeCode,
       CAST(HASHBYTES('SHA2_256', m.definition) AS varbinary(32)) AS DefinitionSha256,
       m.uses_quoted_identifier AS UsesQuotedIdentifier, m.uses_ansi_nulls AS UsesAnsiNulls,
       m.is_schema_bound AS IsSchemaBound, o.create_date AS CreatedAt, o.modify_date AS ModifiedAt
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.sql_modules AS m ON m.object_id = o.object_id
WHERE s.name = N'dbo'
  AND o.name IN (N'fn_ComputeSpatialBucket', N'sp_ReconstructVector', N'sp_AtomicSpatialSearch', N'sp_InsertAtomicVector',
                 N'sp_DeleteAtomicVectors', N'sp_GetAtomicDeduplicationStats', N'vw_EmbeddingVectors')
ORDER BY o.name;
