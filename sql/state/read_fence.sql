-- Reads the control row without waiting for a batch. Reads: hartonomous.control. Writes: nothing. Mode: batch or RPC.
-- Result, one row: FencingNumber bigint, RunId bigint, Phase nvarchar(16), State nvarchar(16), Request nvarchar(16),
-- RequestedBy nvarchar(128), RequestedAt datetime2(7), MaxEmbeddingsPerSecond int.
SELECT fencing_number AS FencingNumber, run_id AS RunId, phase AS Phase, state AS State, request AS Request,
       requested_by AS RequestedBy, requested_at AS RequestedAt, max_embeddings_per_second AS MaxEmbeddingsPerSecond
FROM hartonomous.control
WHERE id = 1;
