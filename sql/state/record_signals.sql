-- Keeps the last readings of the throttle signals. Writes: hartonomous.signals. Mode: RPC. Parameters: @P1 nvarchar(max): JSON
-- array of {"signal","reading" (null: could not be read),"threshold","holds"}; @P2 bigint: run_id. No result.
UPDATE s
SET s.reading = j.reading, s.threshold = j.threshold, s.holds = j.holds, s.run_id = @P2, s.read_at = SYSUTCDATETIME()
FROM hartonomous.signals AS s
JOIN OPENJSON(@P1) WITH (signal nvarchar(32), reading nvarchar(200), threshold nvarchar(200), holds bit) AS j ON j.signal = s.signal;
INSERT INTO hartonomous.signals (signal, reading, threshold, holds, run_id)
SELECT j.signal, j.reading, j.threshold, j.holds, @P2
FROM OPENJSON(@P1) WITH (signal nvarchar(32), reading nvarchar(200), threshold nvarchar(200), holds bit) AS j
WHERE NOT EXISTS (SELECT 1 FROM hartonomous.signals AS s WHERE s.signal = j.signal);
