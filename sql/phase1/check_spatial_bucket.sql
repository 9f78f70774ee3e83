-- Known answers of dbo.fn_ComputeSpatialBucket: floors, not truncations, for negative values; NULL in, NULL out.
-- Reads: nothing. Writes: nothing. Parameters: none (batch or RPC). Result, one row per case, by CaseNumber:
-- CaseNumber int, Expected bigint, Actual bigint, Holds bit. Promise: the function is right if every Holds is 1.
SELECT k.CaseNumber, k.Expected, f.Actual,
       CAST(CASE WHEN f.Actual = k.Expected OR (f.Actual IS NULL AND k.Expected IS NULL) THEN 1 ELSE 0 END AS bit) AS Holds
FROM (VALUES (1, CAST(0 AS float), CAST(0 AS float), CAST(0 AS float), CAST(0 AS bigint)),
             (2, 0.25, 0.5, 0.75, 25050075),
             (3, -0.125, 0, 0, -13000000),
             (4, 1, 2, 3, 100200300),
             (5, -0.5, -0.25, -0.75, -50025075),
             (6, 0.125, -0.125, 0.875, 11987087),
             (7, NULL, 0, 0, NULL),
             (8, 0, NULL, 0, NULL),
             (9, 0, 0, NULL, NULL)) AS k (CaseNumber, X, Y, Z, Expected)
CROSS APPLY (SELECT dbo.fn_ComputeSpatialBucket(k.X, k.Y, k.Z) AS Actual) AS f
ORDER BY k.CaseNumber;
