-- Limits the speed of the running migration. Writes: hartonomous.control. Mode: RPC.
-- Parameter: @P1 int: embeddings per second, NULL for no limit. Result, one row: MaxEmbeddingsPerSecond int.
UPDATE hartonomous.control
SET max_embeddings_per_second = @P1, requested_by = ORIGINAL_LOGIN(), requested_at = SYSUTCDATETIME()
OUTPUT inserted.max_embeddings_per_second AS MaxEmbeddingsPerSecond
WHERE id = 1;
