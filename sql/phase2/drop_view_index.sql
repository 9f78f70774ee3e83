-- Rollback: drops the clustered index of dbo.vw_EmbeddingVectors before relations are deleted, which would have to keep it up.
-- Writes: the index; the view stays. Mode: batch, no parameters, no result.
DROP INDEX IF EXISTS UX_vw_EmbeddingVectors ON dbo.vw_EmbeddingVectors;
