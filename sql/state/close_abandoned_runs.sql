-- Ends the runs whose process died: called by the holder of the application lock, so no other leading run is alive; a run that
-- took part in one cannot write any more once the fence is raised.
-- Reads and writes: hartonomous.runs. Mode: RPC. Parameter: @P1 bigint: the own run_id. Result, one row: RowsWritten int.
UPDATE hartonomous.runs
SET ended_at = SYSUTCDATETIME(), outcome = N'abandoned'
WHERE run_id < @P1 AND ended_at IS NULL AND fencing_number IS NOT NULL;
SELECT @@ROWCOUNT AS RowsWritten;
