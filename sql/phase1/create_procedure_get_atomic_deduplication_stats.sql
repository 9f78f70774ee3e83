-- Creates dbo.sp_GetAtomicDeduplicationStats: how well values are shared.
-- Reads: dbo.AtomRelations, dbo.Atoms. Writes: nothing. Promise: counted, not estimated: a scan of the relations of the type.
-- Parameter: @RelationType nvarchar(128) = N'embedding_dimension'.
-- Result 1, one row: TotalVectors bigint, TotalRelations bigint, UniqueAtoms bigint, AvgReuse float,
-- DeduplicationPct float (0 to 100); all 0 without relations.
-- Result 2, the 20 most reused: AtomId bigint, CanonicalText nvarchar(256), Value real, Uses bigint.
-- Mode: batch, alone (Msg 111).
CREATE OR ALTER PROCEDURE dbo.sp_GetAtomicDeduplicationStats
    @RelationType nvarchar(128) = N'embedding_dimension'
AS
BEGIN
    SET NOCOUNT ON;

    SELECT t.TotalVectors, t.TotalRelations, t.UniqueAtoms,
           CASE WHEN t.UniqueAtoms = 0 THEN 0e0 ELSE CAST(t.TotalRelations AS float) / t.UniqueAtoms END AS AvgReuse,
           CASE WHEN t.TotalRelations = 0 THEN 0e0
                ELSE CAST(t.TotalRelations - t.UniqueAtoms AS float) * 100e0 / t.TotalRelations END AS DeduplicationPct
    FROM (SELECT COUNT_BIG(DISTINCT r.SourceAtomId) AS TotalVectors,
                 COUNT_BIG(*) AS TotalRelations,
                 COUNT_BIG(DISTINCT r.TargetAtomId) AS UniqueAtoms
          FROM dbo.AtomRelations AS r
          WHERE r.RelationType = @RelationType) AS t;

    SELECT TOP (20) a.AtomId, a.CanonicalText,
           CAST(CASE WHEN DATALENGTH(a.AtomicValue) <> 4 OR (CAST(a.AtomicValue AS int) & 2139095040) = 2139095040
                      THEN NULL
                      WHEN (CAST(a.AtomicValue AS int) & 2139095040) = 0
                      THEN CAST(CAST(a.AtomicValue AS int) & 8388607 AS float) * POWER(CAST(2 AS float), -149)
                      ELSE CAST(8388608 + (CAST(a.AtomicValue AS int) & 8388607) AS float)
                           * POWER(CAST(2 AS float), (CAST(a.AtomicValue AS int) & 2139095040) / 8388608 - 150)
                 END
                 * CASE WHEN CAST(a.AtomicValue AS int) < 0 THEN -1e0 ELSE 1e0 END AS real) AS Value,
           u.Uses
    FROM (SELECT r.TargetAtomId, COUNT_BIG(*) AS Uses
          FROM dbo.AtomRelations AS r
          WHERE r.RelationType = @RelationType
          GROUP BY r.TargetAtomId) AS u
    JOIN dbo.Atoms AS a ON a.AtomId = u.TargetAtomId
    ORDER BY u.Uses DESC, a.AtomId;
    RETURN 0;
END;
