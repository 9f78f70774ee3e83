-- Rollback: is anything in a column that would be dropped? Reads: dbo.AtomRelations: a scan. Writes: nothing. Mode: batch or RPC,
-- no parameters. Marker: Column (the quoted name). Result, one row: Used bigint (rows with a value), FirstRelationId bigint.
SELECT COUNT_BIG(*) AS Used, MIN(r.AtomRelationId) AS FirstRelationId
FROM dbo.AtomRelations AS r
WHERE r./*{Column}*/[SequenceIndex]/*{end}*/ IS NOT NULL;
