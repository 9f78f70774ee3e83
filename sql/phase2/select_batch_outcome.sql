-- After a connection was lost around COMMIT: which of the batch's embeddings have their progress row?
-- Reads: dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC. Parameters: @P1 nvarchar(max): JSON array of
-- AtomEmbeddingIds; @P2 bigint: RunId. Result, by id: AtomEmbeddingId bigint, VectorDigest binary(32), SameRun bit.
-- All rows there: the batch was committed. None: it was not. A part of them cannot be. READCOMMITTEDLOCK, so that it waits for a
-- commit that the server is still at: under read committed snapshot a row version would say that there is none (1222 when it lasts).
SELECT p.AtomEmbeddingId, p.VectorDigest, CAST(CASE WHEN p.RunId = @P2 THEN 1 ELSE 0 END AS bit) AS SameRun
FROM OPENJSON(@P1) WITH (AtomEmbeddingId bigint '$') AS k
JOIN dbo.EmbeddingMigrationProgress AS p WITH (READCOMMITTEDLOCK) ON p.AtomEmbeddingId = k.AtomEmbeddingId
ORDER BY p.AtomEmbeddingId;
