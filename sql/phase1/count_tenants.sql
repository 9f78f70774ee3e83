-- Rollback: does any relation belong to another tenant than 0, the default? Reads: dbo.AtomRelations: a scan. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: Used bigint (rows with a value), FirstRelationId bigint.
SELECT COUNT_BIG(*) AS Used, MIN(r.AtomRelationId) AS FirstRelationId
FROM dbo.AtomRelations AS r
WHERE r.TenantId <> 0;
