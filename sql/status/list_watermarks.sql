-- How far each writer of a run has come. Reads: hartonomous.watermarks. Writes: nothing. Mode: RPC. Parameter: @P1 bigint: run_id.
-- Result, by Writer: Writer int, Watermark bigint, RangeEnd bigint, EmbeddingsDone bigint, RelationsWritten bigint,
-- AtomsWritten bigint, EmbeddingsFailed bigint, HeldBy nvarchar(400), UpdatedAt datetime2(7).
SELECT writer AS Writer, watermark AS Watermark, range_end AS RangeEnd, embeddings_done AS EmbeddingsDone,
       relations_written AS RelationsWritten, atoms_written AS AtomsWritten, embeddings_failed AS EmbeddingsFailed,
       held_by AS HeldBy, updated_at AS UpdatedAt
FROM hartonomous.watermarks
WHERE run_id = @P1
ORDER BY writer;
