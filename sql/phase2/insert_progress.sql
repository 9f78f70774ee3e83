-- Records the batch's embeddings as migrated; MigratedAt takes its default, the server's UTC clock.
-- Reads: #batch_progress. Writes: dbo.EmbeddingMigrationProgress. Mode: batch or RPC, inside the batch's transaction.
-- Promise: an embedding that is there already is Msg 2627 and takes the batch back. Result, one row: RowsWritten int.
INSERT INTO dbo.EmbeddingMigrationProgress (AtomEmbeddingId, AtomCount, RelationCount, RelationType, VectorDigest, RunId, SourceAtomId)
SELECT AtomEmbeddingId, AtomCount, RelationCount, RelationType, VectorDigest, RunId, SourceAtomId
FROM #batch_progress;
SELECT @@ROWCOUNT AS RowsWritten;
