-- Records that every key was passed once, or that a pass over all rows found nothing to do. Writes: hartonomous.memory_copy. Mode: RPC.
-- Parameter: @P1 bit: 1, such a pass. Result, one row: RowsWritten int.
UPDATE hartonomous.memory_copy
SET copied_at = ISNULL(copied_at, SYSUTCDATETIME()), aligned_at = CASE WHEN @P1 = 1 THEN SYSUTCDATETIME() ELSE aligned_at END,
    updated_at = SYSUTCDATETIME()
WHERE id = 1;
SELECT @@ROWCOUNT AS RowsWritten;
