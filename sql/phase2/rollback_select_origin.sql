-- Rollback: since when has phase 2 been at work? Atoms made before are not its own and stay, even where nothing uses them.
-- Reads: hartonomous.runs. Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: FirstRunAt datetime2(7), UTC
-- (NULL: no run is on record, so every unused float32 atom may be phase 2's).
SELECT MIN(r.started_at) AS FirstRunAt
FROM hartonomous.runs AS r
WHERE r.phase = N'phase2' AND r.command LIKE N'migrate%';
