-- How far is the copy? Reads: hartonomous.memory_copy. Writes: nothing. Mode: batch or RPC, no parameters. Result, at most one row:
-- TableId int, LastId bigint, RowsCopied bigint, CopiedAt datetime2(7) (NULL: the first pass is not complete), AlignedAt datetime2(7)
-- (when a pass over all rows last found nothing to do).
SELECT c.table_id AS TableId, c.last_id AS LastId, c.rows_copied AS RowsCopied, c.copied_at AS CopiedAt, c.aligned_at AS AlignedAt
FROM hartonomous.memory_copy AS c
WHERE c.id = 1;
