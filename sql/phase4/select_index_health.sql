-- How full are the buckets of the hash indexes? It takes as long as a scan of the table. Reads: sys.dm_db_xtp_hash_index_stats (VIEW
-- DATABASE PERFORMANCE STATE). Writes: nothing. Mode: batch or RPC, no parameters. Result, by IndexName: IndexName nvarchar(128),
-- Buckets, EmptyBuckets, AverageChain, LongestChain bigint.
SELECT i.name AS IndexName, CAST(h.total_bucket_count AS bigint) AS Buckets, CAST(h.empty_bucket_count AS bigint) AS EmptyBuckets,
       CAST(h.avg_chain_length AS bigint) AS AverageChain, CAST(h.max_chain_length AS bigint) AS LongestChain
FROM sys.dm_db_xtp_hash_index_stats AS h
JOIN sys.indexes AS i ON i.object_id = h.object_id AND i.index_id = h.index_id
WHERE h.object_id = OBJECT_ID(N'dbo.AtomEmbeddings_InMemory')
ORDER BY i.name;
