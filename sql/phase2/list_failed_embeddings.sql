-- Lists the embeddings that could not be migrated. Reads: hartonomous.failed_embeddings. Writes: nothing. Mode: RPC.
-- Parameter: @P1 int: at most so many rows. Result, by id: AtomEmbeddingId bigint, RunId bigint, Reason nvarchar(64),
-- ErrorNumber int, Message nvarchar(4000), Attempts int, FirstFailedAt, LastFailedAt datetime2(7).
SELECT TOP (@P1) atom_embedding_id AS AtomEmbeddingId, run_id AS RunId, reason AS Reason, error_number AS ErrorNumber,
       message AS Message, attempts AS Attempts, first_failed_at AS FirstFailedAt, last_failed_at AS LastFailedAt
FROM hartonomous.failed_embeddings
ORDER BY atom_embedding_id;
