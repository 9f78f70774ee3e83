-- Leases a key range to a writer: one that was given back or whose lease has run out, or else the next one behind the frontier.
-- Reads: hartonomous.fence, dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: hartonomous.key_ranges, frontier, in
-- one transaction of its own. Mode: RPC. Parameters: @P1 bigint: fencing number; @P2 bigint: run_id; @P3 int: writer;
-- @P4 int: seconds of the lease; @P5 int: pending embeddings of a new range at most.
-- Ranges that a batch is being written to are locked and are passed over. Error: 51100 another run has taken over.
-- Result, one row or none (nothing to take now): AfterId bigint, LastId bigint, Token bigint, Takeover bit.
DECLARE @fencing bigint, @after bigint, @last bigint;
DECLARE @taken TABLE (AfterId bigint NOT NULL, LastId bigint NOT NULL, Token bigint NOT NULL, Takeover bit NOT NULL);
BEGIN TRANSACTION;
SELECT @fencing = f.fencing_number FROM hartonomous.fence AS f WITH (REPEATABLEREAD) WHERE f.id = 1;
IF @fencing IS NULL OR @fencing <> @P1
    THROW 51100, 'no key range is leased: another run has taken over this database', 1;
UPDATE TOP (1) k
SET k.state = N'leased', k.token = k.token + 1, k.run_id = @P2, k.writer = @P3,
    k.takeovers = k.takeovers + CASE WHEN k.state = N'leased' THEN 1 ELSE 0 END,
    k.leased_until = DATEADD(second, @P4, SYSUTCDATETIME())
OUTPUT inserted.after_id, inserted.last_id, inserted.token, CASE WHEN deleted.state = N'leased' THEN 1 ELSE 0 END
    INTO @taken (AfterId, LastId, Token, Takeover)
FROM hartonomous.key_ranges AS k WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK)
WHERE k.fencing_number = @P1
  AND (k.state = N'free' OR (k.state = N'leased' AND k.leased_until < SYSUTCDATETIME()));
IF @@ROWCOUNT = 0
BEGIN
    SELECT @after = CASE WHEN f.fencing_number = @P1 THEN f.last_id ELSE -9223372036854775808 END
    FROM hartonomous.frontier AS f WITH (UPDLOCK)
    WHERE f.id = 1;
    SELECT @last = MAX(t.AtomEmbeddingId)
    FROM (SELECT TOP (@P5) e.AtomEmbeddingId
          FROM dbo.AtomEmbeddings AS e
          WHERE e.AtomEmbeddingId > @after
            AND e.EmbeddingVector IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM dbo.EmbeddingMigrationProgress AS p WHERE p.AtomEmbeddingId = e.AtomEmbeddingId)
          ORDER BY e.AtomEmbeddingId) AS t;
    IF @last IS NOT NULL
    BEGIN
        INSERT INTO hartonomous.key_ranges (fencing_number, after_id, last_id, state, token, run_id, writer, leased_until)
        OUTPUT inserted.after_id, inserted.last_id, inserted.token, 0 INTO @taken (AfterId, LastId, Token, Takeover)
        VALUES (@P1, @after, @last, N'leased', 1, @P2, @P3, DATEADD(second, @P4, SYSUTCDATETIME()));
        UPDATE hartonomous.frontier SET fencing_number = @P1, last_id = @last WHERE id = 1;
    END;
END;
COMMIT TRANSACTION;
SELECT AfterId, LastId, Token, Takeover FROM @taken;
