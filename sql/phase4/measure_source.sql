-- What the memory forecast and the bucket counts are made of. Reads: dbo.AtomEmbeddings: a scan. Writes: nothing. Mode: RPC. Marker:
-- TextBytes (DATALENGTH of every text or binary column of variable length, added). Result, one row: RowsFound bigint, AtomIds bigint (distinct),
-- TextBytes bigint (over all rows), FirstId, LastId bigint (NULL without rows).
SELECT COUNT_BIG(*) AS RowsFound, COUNT_BIG(DISTINCT e.AtomId) AS AtomIds,
       ISNULL(SUM(CAST(0/*{TextBytes}*/ + 0/*{end}*/ AS bigint)), 0) AS TextBytes,
       MIN(e.AtomEmbeddingId) AS FirstId, MAX(e.AtomEmbeddingId) AS LastId
FROM dbo.AtomEmbeddings AS e;
