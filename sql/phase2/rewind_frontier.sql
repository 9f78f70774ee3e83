-- Lets the writers go over the table once more, for embeddings that arrived below the frontier while they worked.
-- Writes: hartonomous.frontier, hartonomous.key_ranges (finished ranges are removed). Mode: RPC. Parameter: @P1 bigint: fencing
-- number. Promise: nothing is done while a range is leased or free, because a range from the first key on would have keys in common
-- with it. New ranges are leased under the same lock of the frontier, so that none can come in between.
-- Result, one row: OpenRanges int (0: it was done).
DECLARE @open int;
BEGIN TRANSACTION;
SELECT @open = f.fencing_number FROM hartonomous.frontier AS f WITH (UPDLOCK) WHERE f.id = 1;
SELECT @open = COUNT(*)
FROM hartonomous.key_ranges AS k WITH (READCOMMITTEDLOCK)
WHERE k.fencing_number = @P1 AND k.state <> N'done';
IF @open = 0
BEGIN
    UPDATE hartonomous.frontier SET fencing_number = @P1, last_id = -9223372036854775808 WHERE id = 1;
    DELETE FROM hartonomous.key_ranges WHERE fencing_number = @P1 AND state = N'done';
END;
COMMIT TRANSACTION;
SELECT @open AS OpenRanges;
