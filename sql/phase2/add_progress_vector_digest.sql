-- Adds dbo.EmbeddingMigrationProgress.VectorDigest to a table that an earlier script created. Metadata only.
-- Writes: the table's definition. Promise: run only when phase1/inspect_columns.sql does not list the column (else Msg 2705).
-- Mode: batch, no parameters, no result.
ALTER TABLE dbo.EmbeddingMigrationProgress ADD VectorDigest binary(32) NULL;
