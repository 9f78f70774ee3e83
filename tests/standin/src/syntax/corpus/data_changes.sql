INSERT INTO t VALUES (1, 'a', NULL, DEFAULT)
GO
INSERT dbo.t (a, b) VALUES (1, 2), (3, 4 + @x)
GO
INSERT INTO t (a) SELECT a FROM u WHERE b = 1 ORDER BY c
GO
INSERT TOP (5) INTO t WITH (TABLOCK) (a) OUTPUT inserted.a, inserted.* INTO @o (x, y) SELECT 1
GO
INSERT INTO t DEFAULT VALUES
GO
INSERT INTO #t EXEC dbo.p @b, @a = 1
GO
INSERT INTO @t (a) EXEC sp_executesql N'SELECT 1'
GO
INSERT INTO t (a) OUTPUT inserted.id VALUES (1)
GO
WITH c AS (SELECT 1 AS a) INSERT INTO t (a) SELECT a FROM c OPTION (MAXDOP 1)
GO
INSERT INTO t (a) (SELECT 1)
GO
UPDATE t SET a = 1, b += 2, c = DEFAULT, t.d = e WHERE f = 1
GO
UPDATE TOP (10) t SET @v = a = a + 1, @w = b, @x += 1 OUTPUT inserted.a, deleted.b AS old
GO
UPDATE x SET x.a = y.b FROM t AS x JOIN u y ON y.c = x.c WHERE x.d IS NULL OPTION (RECOMPILE)
GO
UPDATE dbo.t WITH (UPDLOCK, ROWLOCK) SET a = CASE WHEN b = 1 THEN 2 ELSE 3 END OUTPUT deleted.a INTO #o
GO
UPDATE @t SET a = 1
GO
WITH c AS (SELECT TOP (5) a FROM t ORDER BY b) UPDATE c SET a = 0
GO
DELETE FROM t WHERE a = 1
GO
DELETE t
GO
DELETE TOP (100) FROM dbo.t WITH (ROWLOCK) OUTPUT deleted.* WHERE a < @x
GO
DELETE x FROM t x INNER JOIN u ON u.a = x.a WHERE u.b = 1
GO
DELETE FROM @t OUTPUT deleted.a INTO u (b) OUTPUT deleted.c WHERE a IN (SELECT b FROM v)
GO
WITH c AS (SELECT a FROM t) DELETE FROM c WHERE a = 1
GO
MERGE INTO dbo.t WITH (HOLDLOCK) AS x USING (SELECT 1 AS a) AS s ON x.a = s.a WHEN MATCHED AND x.b <> s.b THEN UPDATE SET x.b = s.b, c = DEFAULT WHEN NOT MATCHED BY TARGET THEN INSERT (a, b) VALUES (s.a, DEFAULT) WHEN NOT MATCHED BY SOURCE THEN DELETE OUTPUT $action, inserted.a, deleted.b OPTION (LOOP JOIN);
GO
MERGE t USING u ON t.a = u.a WHEN NOT MATCHED THEN INSERT VALUES (1) WHEN MATCHED THEN DELETE;
GO
MERGE TOP (5) t x USING (VALUES (1, 2)) AS s (a, b) ON x.a = s.a WHEN MATCHED THEN UPDATE SET b = 1;
GO
MERGE @t AS x USING dbo.u AS s WITH (NOLOCK) ON x.a = s.a WHEN NOT MATCHED THEN INSERT DEFAULT VALUES;
GO
TRUNCATE TABLE dbo.t
GO
INSERT BULK dbo.t ([a] int, [b] nvarchar(max) COLLATE Latin1_General_CI_AS, [c] vector(3)) WITH (TABLOCK, CHECK_CONSTRAINTS, ROWS_PER_BATCH = 1000, ORDER (a ASC, b DESC))
GO
INSERT BULK t (a bigint)
GO
UPDATE t SET a = 1 WHERE b = 2 SELECT @@ROWCOUNT
GO
INSERT INTO t (a) VALUES (1) SELECT SCOPE_IDENTITY() DELETE t UPDATE t SET a = 1 TRUNCATE TABLE t
GO
UPDATE TOP (5) PERCENT t SET a -= 1, b *= 2, c /= 3, d %= 4, e &= 5, f |= 6, g ^= 7
GO
INSERT INTO dbo.t (a, b, c) OUTPUT inserted.a, inserted.b INTO @o (a, b) SELECT s.a, s.b, COALESCE(s.c, N'') FROM OPENJSON(@j) WITH (a bigint '$.a', b int '$.b', c nvarchar(10) '$.c') AS s WHERE NOT EXISTS (SELECT 1 FROM dbo.t AS x WITH (UPDLOCK, HOLDLOCK) WHERE x.a = s.a)
GO
UPDATE a SET a.ReferenceCount = a.ReferenceCount + r.n, a.UpdatedAt = SYSUTCDATETIME() FROM dbo.Atoms AS a INNER JOIN (SELECT AtomId, COUNT_BIG(*) AS n FROM #refs GROUP BY AtomId) AS r ON r.AtomId = a.AtomId;
GO
DELETE r FROM dbo.AtomRelations AS r WHERE r.RelationType = N'embedding_dimension' AND EXISTS (SELECT 1 FROM #x AS x WHERE x.SourceAtomId = r.SourceAtomId) OPTION (MAXDOP 1)
