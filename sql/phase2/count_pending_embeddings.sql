-- What is left when no key range is left: pending embeddings that have not failed in this run, by the exact count.
-- Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress, hartonomous.failed_embeddings, runs. Writes: nothing. Mode: RPC.
-- Parameter: @P1 bigint: fencing number. Result, one row: Pending bigint.
SELECT COUNT_BIG(*) AS Pending
FROM dbo.AtomEmbeddings AS e
WHERE e.EmbeddingVector IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM dbo.EmbeddingMigrationProgress AS p WHERE p.AtomEmbeddingId = e.AtomEmbeddingId)
  AND NOT EXISTS (SELECT 1
                  FROM hartonomous.failed_embeddings AS f
                  JOIN hartonomous.runs AS r ON r.run_id = f.run_id
                  WHERE f.atom_embedding_id = e.AtomEmbeddingId AND r.fencing_number = @P1);
