-- Rollback: drops dbo.vw_EmbeddingVectors with its index. Writes: the view. Mode: batch, no parameters, no result.
DROP VIEW IF EXISTS dbo.vw_EmbeddingVectors;
