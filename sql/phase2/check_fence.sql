-- First statement of every transaction that changes data: is this run still the one that may write?
-- Reads: hartonomous.fence, and keeps a shared lock on its row until the transaction ends, so that nobody can raise the
-- number while the batch is under way. Writes: nothing. Mode: RPC, inside the batch's transaction.
-- Parameter: @P1 bigint: the fencing number that this run was given.
-- Error: 51100 another run has taken over. Result, one row: FencingNumber bigint.
DECLARE @fencing bigint;
SELECT @fencing = f.fencing_number
FROM hartonomous.fence AS f WITH (REPEATABLEREAD)
WHERE f.id = 1;
IF @fencing IS NULL OR @fencing <> @P1
    THROW 51100, 'the batch is not written: another run has taken over this database', 1;
SELECT @fencing AS FencingNumber;
