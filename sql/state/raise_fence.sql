-- Takes over the database for a run: raises the fencing number. Waits until no batch transaction holds its row.
-- Writes: hartonomous.control, hartonomous.runs, in one transaction. Mode: RPC, not inside a transaction, while holding the
-- application lock. Parameters: @P1 bigint: run_id; @P2 nvarchar(16): phase. An earlier stop request is withdrawn, a pause stays.
-- Result, one row: FencingNumber bigint, Request nvarchar(16).
BEGIN TRANSACTION;
UPDATE hartonomous.control
SET fencing_number = fencing_number + 1, run_id = @P1, phase = @P2, state = N'running',
    request = CASE WHEN request = N'stop' THEN N'none' ELSE request END, updated_at = SYSUTCDATETIME()
WHERE id = 1;
UPDATE r
SET r.fencing_number = c.fencing_number
FROM hartonomous.runs AS r
JOIN hartonomous.control AS c ON c.run_id = r.run_id
WHERE r.run_id = @P1 AND c.id = 1;
COMMIT TRANSACTION;
SELECT fencing_number AS FencingNumber, request AS Request FROM hartonomous.control WHERE id = 1;
