-- The newest result of every gate. Reads: hartonomous.gate_results. Writes: nothing. Mode: RPC.
-- Parameter: @P1 nvarchar(16): phase, NULL for all. Result, by Phase and Gate: Phase nvarchar(16), Gate nvarchar(128),
-- Verdict nvarchar(16), Threshold nvarchar(400), Evidence nvarchar(max), RunId bigint, MeasuredAt datetime2(7).
SELECT t.phase AS Phase, t.gate AS Gate, t.verdict AS Verdict, t.threshold AS Threshold, t.evidence AS Evidence,
       t.run_id AS RunId, t.measured_at AS MeasuredAt
FROM (SELECT g.phase, g.gate, g.verdict, g.threshold, g.evidence, g.run_id, g.measured_at,
             ROW_NUMBER() OVER (PARTITION BY g.phase, g.gate ORDER BY g.gate_result_id DESC) AS Newest
      FROM hartonomous.gate_results AS g
      WHERE @P1 IS NULL OR g.phase = @P1) AS t
WHERE t.Newest = 1
ORDER BY t.phase, t.gate;
