-- Gate: foreign keys and checks are trusted and enabled. Reads: the catalog. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, offending ones only, by name: ConstraintName nvarchar(128), TableName nvarchar(128), IsDisabled bit, IsNotTrusted bit.
SELECT k.name AS ConstraintName, OBJECT_NAME(k.parent_object_id) AS TableName, k.is_disabled AS IsDisabled, k.is_not_trusted AS IsNotTrusted
FROM (SELECT f.name, f.parent_object_id, f.is_disabled, f.is_not_trusted FROM sys.foreign_keys AS f
      UNION ALL
      SELECT c.name, c.parent_object_id, c.is_disabled, c.is_not_trusted FROM sys.check_constraints AS c) AS k
WHERE k.parent_object_id IN (OBJECT_ID(N'dbo.Atoms'), OBJECT_ID(N'dbo.AtomRelations'), OBJECT_ID(N'dbo.AtomEmbeddings'))
  AND (k.is_disabled = 1 OR k.is_not_trusted = 1)
ORDER BY k.name;
