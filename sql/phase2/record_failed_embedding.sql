-- Records that an embedding could not be migrated, or failed again. Outside of the failed batch's transaction.
-- Writes: hartonomous.failed_embeddings. Mode: RPC. Parameters: @P1 bigint: AtomEmbeddingId; @P2 bigint: run_id;
-- @P3 nvarchar(64): reason; @P4 int: error number or NULL; @P5 nvarchar(4000): message. Result, one row: Attempts int.
DECLARE @own bit = CASE WHEN @@TRANCOUNT = 0 THEN 1 ELSE 0 END;
IF @own = 1
    BEGIN TRANSACTION;
UPDATE hartonomous.failed_embeddings WITH (UPDLOCK, HOLDLOCK)
SET run_id = @P2, reason = @P3, error_number = @P4, message = @P5, attempts = attempts + 1, last_failed_at = SYSUTCDATETIME()
WHERE atom_embedding_id = @P1;
IF @@ROWCOUNT = 0
    INSERT INTO hartonomous.failed_embeddings (atom_embedding_id, run_id, reason, error_number, message)
    VALUES (@P1, @P2, @P3, @P4, @P5);
IF @own = 1
    COMMIT TRANSACTION;
SELECT attempts AS Attempts FROM hartonomous.failed_embeddings WHERE atom_embedding_id = @P1;
