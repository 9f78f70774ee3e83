-- First statement of a writer's batch: does this run still hold the fence, and this writer its key range? Renews the lease,
-- and keeps the range locked until the transaction ends, so that nobody can take it over while the batch is under way.
-- Reads: hartonomous.fence (shared lock until the end). Writes: hartonomous.key_ranges. Mode: RPC, inside the transaction.
-- Parameters: @P1 bigint: fencing number; @P2 bigint: after_id of the range; @P3 bigint: token of the lease; @P4 int: seconds
-- of the lease. Errors: 51100 another run has taken over; 51101 another writer has taken the key range over. No result.
DECLARE @fencing bigint;
SELECT @fencing = f.fencing_number
FROM hartonomous.fence AS f WITH (REPEATABLEREAD)
WHERE f.id = 1;
IF @fencing IS NULL OR @fencing <> @P1
    THROW 51100, 'the batch is not written: another run has taken over this database', 1;
UPDATE hartonomous.key_ranges
SET leased_until = DATEADD(second, @P4, SYSUTCDATETIME())
WHERE fencing_number = @P1 AND after_id = @P2 AND token = @P3 AND state = N'leased';
IF @@ROWCOUNT = 0
    THROW 51101, 'the batch is not written: another writer has taken over its key range', 1;
