-- The range of source atoms that the bounded measurements walk through. Reads: dbo.AtomRelations. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: FirstSourceAtomId bigint, LastSourceAtomId bigint (NULL without rows).
SELECT MIN(r.SourceAtomId) AS FirstSourceAtomId, MAX(r.SourceAtomId) AS LastSourceAtomId FROM dbo.AtomRelations AS r;
