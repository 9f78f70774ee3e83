-- Times the access paths that applications used before the upgrade: relations by source, by target, by type.
-- Reads: dbo.AtomRelations. Writes: nothing. Mode: batch, no parameters. Promise: at most 1,000 lookups a path and round;
-- the fastest of five rounds counts, so that other load on the server disturbs the figure little.
-- Result, one row per path, by Path: Path varchar(16), Lookups int, RowsFound bigint, Microseconds bigint (server time,
-- fastest round). Time is compared per lookup and row: the table may have grown between two samples.
DECLARE @round int = 1, @started datetime2(7), @rows bigint, @type nvarchar(128);
DECLARE @key TABLE (AtomId bigint NOT NULL PRIMARY KEY);
DECLARE @took TABLE (Path varchar(16) NOT NULL, Lookups int NOT NULL, RowsFound bigint NOT NULL, Microseconds bigint NOT NULL);
INSERT INTO @key (AtomId)
SELECT DISTINCT t.SourceAtomId
FROM (SELECT TOP (1000) r.SourceAtomId FROM dbo.AtomRelations AS r ORDER BY r.AtomRelationId) AS t;
SELECT TOP (1) @type = r.RelationType FROM dbo.AtomRelations AS r ORDER BY r.AtomRelationId;
WHILE @round <= 5
BEGIN
    SET @started = SYSUTCDATETIME();
    SELECT @rows = COUNT_BIG(*)
    FROM @key AS k
    CROSS APPLY (SELECT TOP (10) r.TargetAtomId FROM dbo.AtomRelations AS r WHERE r.SourceAtomId = k.AtomId) AS x;
    INSERT INTO @took (Path, Lookups, RowsFound, Microseconds)
    SELECT 'source', COUNT(*), @rows, DATEDIFF_BIG(microsecond, @started, SYSUTCDATETIME()) FROM @key;
    SET @started = SYSUTCDATETIME();
    SELECT @rows = COUNT_BIG(*)
    FROM @key AS k
    CROSS APPLY (SELECT TOP (10) r.SourceAtomId FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = k.AtomId) AS x;
    INSERT INTO @took (Path, Lookups, RowsFound, Microseconds)
    SELECT 'target', COUNT(*), @rows, DATEDIFF_BIG(microsecond, @started, SYSUTCDATETIME()) FROM @key;
    SET @started = SYSUTCDATETIME();
    SELECT @rows = COUNT_BIG(*)
    FROM (SELECT TOP (1000) r.AtomRelationId FROM dbo.AtomRelations AS r WHERE r.RelationType = @type) AS x;
    INSERT INTO @took (Path, Lookups, RowsFound, Microseconds)
    VALUES ('type', 1, @rows, DATEDIFF_BIG(microsecond, @started, SYSUTCDATETIME()));
    SET @round = @round + 1;
END;
SELECT Path, MAX(Lookups) AS Lookups, MAX(RowsFound) AS RowsFound, MIN(Microseconds) AS Microseconds FROM @took GROUP BY Path ORDER BY Path;
