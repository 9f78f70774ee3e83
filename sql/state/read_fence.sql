-- Reads the control row and the fence without waiting for a batch. Reads: hartonomous.control, fence. Writes: nothing.
-- Mode: batch or RPC. Result, one row: FencingNumber bigint, RunId bigint, Phase nvarchar(16), State nvarchar(16),
-- Request nvarchar(16), RequestedBy nvarchar(128), RequestedAt datetime2(7), MaxEmbeddingsPerSecond int, MaxWorkers int.
SELECT f.fencing_number AS FencingNumber, c.run_id AS RunId, c.phase AS Phase, c.state AS State, c.request AS Request,
       c.requested_by AS RequestedBy, c.requested_at AS RequestedAt, c.max_embeddings_per_second AS MaxEmbeddingsPerSecond,
       c.max_workers AS MaxWorkers
FROM hartonomous.control AS c
CROSS JOIN hartonomous.fence AS f
WHERE c.id = 1 AND f.id = 1;
