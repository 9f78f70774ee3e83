-- Moves the progress of the copy on, inside the batch's transaction, so that it is never ahead of what is committed. Writes:
-- hartonomous.memory_copy. Mode: RPC. Parameters: @P1 bigint: AtomEmbeddingIds up to it are copied; @P2 bigint: rows, to add; @P3
-- bigint: run_id. Error: 51061 no copy is on record. No result.
UPDATE hartonomous.memory_copy
SET last_id = @P1, rows_copied = rows_copied + @P2, run_id = @P3, updated_at = SYSUTCDATETIME()
WHERE id = 1;
IF @@ROWCOUNT <> 1
    THROW 51061, 'the batch is not written: no copy is on record in hartonomous.memory_copy', 1;
