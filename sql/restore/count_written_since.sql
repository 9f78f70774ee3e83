-- How many embeddings were written or updated since a time? Reads: dbo.AtomEmbeddings, without waiting for writers. Writes:
-- nothing. Mode: RPC. Parameter: @P1 datetime2(7): the time, UTC; NULL: none is counted. Result, one row: WrittenSince bigint.
SELECT COUNT_BIG(*) AS WrittenSince
FROM dbo.AtomEmbeddings AS e WITH (READUNCOMMITTED)
WHERE e.LastUpdated >= @P1;
