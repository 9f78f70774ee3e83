-- The irreversible step: drops the vectors' column. Metadata only: the bytes stay in the pages until the table is rebuilt.
-- Promise: run only after lock_and_count_changes.sql, in its transaction. Writes: the table's definition (Sch-M).
-- Errors: 5074 and 4922 something depends on it; 1222 somebody holds the table. Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomEmbeddings DROP COLUMN EmbeddingVector;
