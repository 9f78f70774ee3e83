-- Lets a run take part in the migration that another one leads: gives it the fencing number as it is.
-- Reads: hartonomous.fence, control. Writes: hartonomous.runs. Mode: RPC. Parameter: @P1 bigint: run_id.
-- Result, one row: FencingNumber bigint, LeaderRunId bigint, Phase nvarchar(16), State nvarchar(16).
UPDATE r
SET r.fencing_number = f.fencing_number
FROM hartonomous.runs AS r
CROSS JOIN hartonomous.fence AS f
WHERE r.run_id = @P1 AND f.id = 1;
SELECT f.fencing_number AS FencingNumber, c.run_id AS LeaderRunId, c.phase AS Phase, c.state AS State
FROM hartonomous.control AS c
CROSS JOIN hartonomous.fence AS f
WHERE c.id = 1 AND f.id = 1;
