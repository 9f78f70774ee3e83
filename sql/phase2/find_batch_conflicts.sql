-- Embeddings of the batch that changed or went since they were read; they are left out of it and read again.
-- Reads: #batch_progress, dbo.AtomEmbeddings, with shared locks until the transaction ends. Writes: nothing.
-- Mode: batch or RPC, inside the batch's transaction. Result, by AtomEmbeddingId: AtomEmbeddingId bigint,
-- Reason varchar(16) ('gone', 'no vector', 'changed'). Without a LastUpdated column a change cannot be seen here; the proof
-- finds it. Marker: LastUpdated.
SELECT b.AtomEmbeddingId,
       CASE WHEN e.AtomEmbeddingId IS NULL THEN 'gone' WHEN e.HasVector = 0 THEN 'no vector' ELSE 'changed' END AS Reason
FROM #batch_progress AS b
LEFT JOIN (
    SELECT AtomEmbeddingId, CASE WHEN EmbeddingVector IS NULL THEN 0 ELSE 1 END AS HasVector,
           /*{LastUpdated}*/CAST(NULL AS datetime2(7))/*{end}*/ AS LastUpdated
    FROM dbo.AtomEmbeddings WITH (REPEATABLEREAD)
) AS e ON e.AtomEmbeddingId = b.AtomEmbeddingId
WHERE e.AtomEmbeddingId IS NULL OR e.HasVector = 0 OR e.LastUpdated <> b.LastUpdated
ORDER BY b.AtomEmbeddingId;
