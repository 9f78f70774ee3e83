-- Keys for probes and for the timing of lookups, spread over the whole table. Reads: dbo.AtomEmbeddings: a scan of an index. Writes:
-- nothing. Mode: RPC. Parameters: @P1 bigint: one of so many rows, 1 for all; @P2 int: how many at most. Result: AtomEmbeddingId bigint.
SELECT TOP (@P2) t.AtomEmbeddingId
FROM (SELECT e.AtomEmbeddingId, ROW_NUMBER() OVER (ORDER BY e.AtomEmbeddingId) AS Position FROM dbo.AtomEmbeddings AS e) AS t
WHERE t.Position % @P1 = 0
ORDER BY t.AtomEmbeddingId;
