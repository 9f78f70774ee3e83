-- Lists the foreign keys from and to the tables of the migration, with their trust.
-- Reads: the catalog. Writes: nothing. Parameters: none (batch or RPC). Result: KeyName nvarchar(128),
-- TableName nvarchar(128), ReferencedTable nvarchar(128), IsDisabled bit, IsNotTrusted bit, DeleteAction nvarchar(60), by KeyName.
SELECT f.name AS KeyName, OBJECT_NAME(f.parent_object_id) AS TableName, OBJECT_NAME(f.referenced_object_id) AS ReferencedTable,
       f.is_disabled AS IsDisabled, f.is_not_trusted AS IsNotTrusted, f.delete_referential_action_desc AS DeleteAction
FROM sys.foreign_keys AS f
WHERE f.parent_object_id IN (OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings'))
   OR f.referenced_object_id IN (OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings'), OBJECT_ID(N'dbo.Atoms'))
ORDER BY f.name;
