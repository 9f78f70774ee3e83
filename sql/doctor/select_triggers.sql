-- Triggers on the tables, and database-wide DDL triggers: bulk load fires none unless asked. Reads: the catalog. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, by name: TriggerName nvarchar(128), TableName nvarchar(128) (NULL: on the database),
-- IsDisabled bit, IsInsteadOf bit.
SELECT g.name AS TriggerName, OBJECT_NAME(g.parent_id) AS TableName, g.is_disabled AS IsDisabled, g.is_instead_of_trigger AS IsInsteadOf
FROM sys.triggers AS g
WHERE g.parent_class = 0
   OR g.parent_id IN (OBJECT_ID(N'dbo.Atoms'), OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings'),
                      OBJECT_ID(N'dbo.EmbeddingMigrationProgress'))
ORDER BY g.name;
