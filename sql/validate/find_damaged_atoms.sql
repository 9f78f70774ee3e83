-- Gate: the bytes of every float32 atom are what its hash says, and a finite number. Reads: dbo.Atoms, one id range.
-- Writes: nothing. Mode: RPC. Parameters: @P1 bigint: AtomIds above it; @P2 bigint: up to it; @P3 int: at most so many rows.
-- Result, by AtomId: AtomId bigint, Reason varchar(16) ('no value', 'length', 'not finite', 'negative zero', 'hash').
-- 2139095040 is 0x7F800000, the exponent bits; -2147483648 the bytes of -0, which is stored as +0.
SELECT TOP (@P3) a.AtomId,
       CASE WHEN a.AtomicValue IS NULL THEN 'no value'
            WHEN DATALENGTH(a.AtomicValue) <> 4 THEN 'length'
            WHEN (CAST(a.AtomicValue AS int) & 2139095040) = 2139095040 THEN 'not finite'
            WHEN a.AtomicValue = 0x80000000 THEN 'negative zero'
            ELSE 'hash' END AS Reason
FROM dbo.Atoms AS a
WHERE a.AtomId > @P1
  AND a.AtomId <= @P2
  AND a.Modality = N'numeric' AND a.Subtype = N'float32'
  AND (a.AtomicValue IS NULL
       OR DATALENGTH(a.AtomicValue) <> 4
       OR (CAST(a.AtomicValue AS int) & 2139095040) = 2139095040
       OR a.AtomicValue = 0x80000000
       OR a.ContentHash <> CAST(HASHBYTES('SHA2_256', a.AtomicValue) AS binary(32)))
ORDER BY a.AtomId;
