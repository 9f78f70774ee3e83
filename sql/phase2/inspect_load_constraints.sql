-- The foreign keys and checks of dbo.AtomRelations that are enabled and trusted: what a load that does not check them owes.
-- Reads: the catalog. Writes: nothing. Mode: batch or RPC, no parameters. Result, by name: ConstraintName nvarchar(128).
SELECT f.name AS ConstraintName
FROM sys.foreign_keys AS f
WHERE f.parent_object_id = OBJECT_ID(N'dbo.AtomRelations') AND f.is_disabled = 0 AND f.is_not_trusted = 0
UNION ALL
SELECT c.name
FROM sys.check_constraints AS c
WHERE c.parent_object_id = OBJECT_ID(N'dbo.AtomRelations') AND c.is_disabled = 0 AND c.is_not_trusted = 0
ORDER BY ConstraintName;
