-- Guard of every destructive step: migrated embeddings whose stored vector is not there any more.
-- Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC. Naming a dropped column is Msg 207,
-- which stops the caller just as well. Parameter: @P1 int: at most so many rows. Result, by id: AtomEmbeddingId bigint.
SELECT TOP (@P1) p.AtomEmbeddingId
FROM dbo.EmbeddingMigrationProgress AS p
JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId
WHERE e.EmbeddingVector IS NULL
ORDER BY p.AtomEmbeddingId;
