-- Ends the runs whose process died: called by the holder of the application lock, so no other leading run is alive; a run that
-- took part in one cannot write any more once the fence is raised. Without a fencing number a run that takes part may be beginning
-- just now: it is left alone for an hour. Any other run of that kind had the lock, and died before it took the database over.
-- Reads and writes: hartonomous.runs. Mode: RPC. Parameter: @P1 bigint: the own run_id. Result, one row: RowsWritten int.
UPDATE hartonomous.runs
SET ended_at = SYSUTCDATETIME(), outcome = N'abandoned'
WHERE run_id < @P1 AND ended_at IS NULL
  AND (fencing_number IS NOT NULL OR command NOT LIKE N'% --join' OR started_at < DATEADD(HOUR, -1, SYSUTCDATETIME()));
SELECT @@ROWCOUNT AS RowsWritten;
