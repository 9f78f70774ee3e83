-- Begins the copy into a table, or carries on with it: a table that was made anew is copied anew. Writes: hartonomous.memory_copy.
-- Mode: RPC. Parameters: @P1 int: object_id of dbo.AtomEmbeddings_InMemory; @P2 bigint: run_id. Result, one row: LastId bigint
-- (AtomEmbeddingIds up to it are copied), RowsCopied bigint, CopiedAt datetime2(7) (NULL: the first pass is not complete).
SET XACT_ABORT ON;
BEGIN TRANSACTION;
DELETE FROM hartonomous.memory_copy WHERE id = 1 AND table_id <> @P1;
UPDATE hartonomous.memory_copy SET run_id = @P2, updated_at = SYSUTCDATETIME() WHERE id = 1;
IF @@ROWCOUNT = 0
    INSERT INTO hartonomous.memory_copy (id, table_id, last_id, run_id) VALUES (1, @P1, -9223372036854775808, @P2);
COMMIT TRANSACTION;
SELECT c.last_id AS LastId, c.rows_copied AS RowsCopied, c.copied_at AS CopiedAt FROM hartonomous.memory_copy AS c WHERE c.id = 1;
