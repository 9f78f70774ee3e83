-- The last readings of the throttle. Reads: hartonomous.signals. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, by Signal: Signal nvarchar(32), Reading nvarchar(200) (NULL: could not be read), Threshold nvarchar(200), Holds bit,
-- ReadAt datetime2(7), AgeSeconds int.
SELECT s.signal AS Signal, s.reading AS Reading, s.threshold AS Threshold, s.holds AS Holds, s.read_at AS ReadAt,
       DATEDIFF(second, s.read_at, SYSUTCDATETIME()) AS AgeSeconds
FROM hartonomous.signals AS s
ORDER BY s.signal;
