-- Takes over the database for a run: raises the fencing number. Waits until no batch transaction holds its row.
-- Writes: hartonomous.fence, hartonomous.control, hartonomous.runs, in one transaction. Mode: RPC, not inside a transaction,
-- while holding the application lock. Parameters: @P1 bigint: run_id; @P2 nvarchar(16): phase. An earlier stop request is
-- withdrawn, a pause stays. Key ranges of earlier fencing numbers are of no use any more and are removed.
-- Result, one row: FencingNumber bigint, Request nvarchar(16).
DECLARE @fencing bigint;
BEGIN TRANSACTION;
UPDATE hartonomous.fence
SET @fencing = fencing_number = fencing_number + 1
WHERE id = 1;
UPDATE hartonomous.control
SET run_id = @P1, phase = @P2, state = N'running', held_by = NULL, acknowledged_request = NULL, acknowledged_at = NULL,
    request = CASE WHEN request = N'stop' THEN N'none' ELSE request END, updated_at = SYSUTCDATETIME()
WHERE id = 1;
UPDATE hartonomous.runs SET fencing_number = @fencing WHERE run_id = @P1;
DELETE FROM hartonomous.key_ranges WHERE fencing_number < @fencing;
DELETE FROM hartonomous.signals;
COMMIT TRANSACTION;
SELECT @fencing AS FencingNumber, request AS Request FROM hartonomous.control WHERE id = 1;
