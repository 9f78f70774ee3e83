-- Adds SourceAtomId to a progress table that lacks it: the atom of the embedding, so that the relations of an embedding that
-- is deleted later can be found. Rows written before have NULL. Metadata only.
-- Writes: the table's definition. Promise: run only when phase1/inspect_columns.sql does not list the column (else Msg 2705).
-- Mode: batch, no parameters, no result.
ALTER TABLE dbo.EmbeddingMigrationProgress ADD SourceAtomId bigint NULL;
