-- Lets the writers go over the table once more, for embeddings that arrived below the frontier while they worked.
-- Writes: hartonomous.frontier, hartonomous.key_ranges (finished ranges are removed). Mode: RPC. Parameter: @P1 bigint: fencing
-- number. Result, one row: OpenRanges int (ranges that are leased or free; they are worked on as before).
BEGIN TRANSACTION;
UPDATE hartonomous.frontier SET fencing_number = @P1, last_id = -9223372036854775808 WHERE id = 1;
DELETE FROM hartonomous.key_ranges WHERE fencing_number = @P1 AND state = N'done';
COMMIT TRANSACTION;
SELECT COUNT(*) AS OpenRanges FROM hartonomous.key_ranges WHERE fencing_number = @P1;
