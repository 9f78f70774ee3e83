-- Forgets failures of embeddings that are migrated by now, or gone.
-- Reads: dbo.EmbeddingMigrationProgress, dbo.AtomEmbeddings. Writes: hartonomous.failed_embeddings. Mode: batch or RPC, no
-- parameters. Result, one row: RowsWritten int.
DELETE f
FROM hartonomous.failed_embeddings AS f
WHERE EXISTS (SELECT 1 FROM dbo.EmbeddingMigrationProgress AS p WHERE p.AtomEmbeddingId = f.atom_embedding_id)
   OR NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings AS e WHERE e.AtomEmbeddingId = f.atom_embedding_id);
SELECT @@ROWCOUNT AS RowsWritten;
