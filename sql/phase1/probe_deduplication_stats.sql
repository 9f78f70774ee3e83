-- Probe: runs sp_GetAtomicDeduplicationStats over a relation type that holds nothing.
-- Reads: dbo.AtomRelations. Writes: nothing. Promise: cheap, because no relation has the type. Parameters: none. Mode: batch.
-- Result: the procedure's two result sets; expected one row of zeros, then no row.
EXEC dbo.sp_GetAtomicDeduplicationStats @RelationType = N'hartonomous_probe';
