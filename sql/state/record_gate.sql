-- Records the measurement of a gate. Writes: hartonomous.gate_results. Mode: RPC. Parameters: @P1 bigint: run_id;
-- @P2 nvarchar(16): phase; @P3 nvarchar(128): gate; @P4 nvarchar(16): 'pass', 'fail' or 'waived' (else Msg 547);
-- @P5 nvarchar(400): threshold or NULL; @P6 nvarchar(max): evidence as JSON. Result, one row: MeasuredAt datetime2(7).
INSERT INTO hartonomous.gate_results (run_id, phase, gate, verdict, threshold, evidence)
OUTPUT inserted.measured_at AS MeasuredAt
VALUES (@P1, @P2, @P3, @P4, @P5, @P6);
