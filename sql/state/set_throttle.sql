-- Limits the running migration. Writes: hartonomous.control; waits for nobody. Mode: RPC.
-- Parameters: @P1 bit: set the rate; @P2 int: embeddings per second over all hosts, NULL for no limit; @P3 bit: set the
-- writers; @P4 int: writers of each process, NULL for what it was started with.
-- Result, one row: MaxEmbeddingsPerSecond int, MaxWorkers int, State nvarchar(16).
UPDATE hartonomous.control
SET max_embeddings_per_second = CASE WHEN @P1 = 1 THEN @P2 ELSE max_embeddings_per_second END,
    max_workers = CASE WHEN @P3 = 1 THEN @P4 ELSE max_workers END,
    requested_by = ORIGINAL_LOGIN(), requested_at = SYSUTCDATETIME()
OUTPUT inserted.max_embeddings_per_second AS MaxEmbeddingsPerSecond, inserted.max_workers AS MaxWorkers, inserted.state AS State
WHERE id = 1;
