SELECT TOP 5 a FROM t
GO
SELECT TOP (@n) PERCENT WITH TIES a FROM t ORDER BY b DESC
GO
SELECT DISTINCT a, b FROM t
GO
SELECT ALL a FROM t AS x WITH (NOLOCK, INDEX(ix1))
GO
SELECT a FROM dbo.t AS x WITH (UPDLOCK, HOLDLOCK, ROWLOCK) INNER JOIN u ON x.a = u.b LEFT OUTER JOIN v ON v.a = x.a RIGHT JOIN w ON 1 = 1 FULL JOIN z ON z.a = w.a CROSS JOIN q
GO
SELECT a FROM t CROSS APPLY dbo.f(t.a) AS x OUTER APPLY (SELECT TOP (1) b FROM u WHERE u.c = t.c ORDER BY d) y
GO
SELECT a FROM t LEFT HASH JOIN u ON t.a = u.a INNER LOOP JOIN v ON v.b = u.b INNER MERGE JOIN w ON w.c = v.c
GO
SELECT a FROM t JOIN u JOIN v ON u.a = v.a ON t.a = u.a
GO
SELECT a FROM (t JOIN u ON t.a = u.a) JOIN (SELECT 1 AS b) AS d ON d.b = t.a
GO
SELECT a FROM (VALUES (1, 2), (3, 4)) AS v(a, b)
GO
SELECT a FROM ((SELECT 1 AS a) UNION ALL (SELECT 2)) AS d
GO
SELECT a FROM ((SELECT 1 AS a) AS x CROSS JOIN (SELECT 2 AS b) AS y)
GO
SELECT [key], value, type FROM OPENJSON(@json)
GO
SELECT a FROM OPENJSON(@json, '$.x') WITH (a int '$.a', b nvarchar(max) AS JSON, c real '$.c') AS j WHERE a > 1
GO
SELECT value FROM STRING_SPLIT(@s, ',') AS s, GENERATE_SERIES(1, 10) g
GO
SELECT a FROM t FOR SYSTEM_TIME AS OF '2026-01-01' AS x WHERE b = 1
GO
SELECT a FROM t FOR SYSTEM_TIME ALL, u FOR SYSTEM_TIME BETWEEN @a AND @b, v FOR SYSTEM_TIME FROM @a TO @b, w FOR SYSTEM_TIME CONTAINED IN (@a, @b)
GO
SELECT a, COUNT(*) FROM t WHERE b = 1 GROUP BY a, c + d HAVING COUNT(*) > 1 ORDER BY 1 DESC, a ASC
GO
SELECT a, b FROM t GROUP BY ROLLUP(a, b), CUBE(c, d), GROUPING SETS ((a, b), (a), ())
GO
SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY
GO
SELECT a FROM t ORDER BY a OFFSET @x ROW FETCH FIRST (@y + 1) ROW ONLY
GO
SELECT a FROM t UNION SELECT b FROM u UNION ALL SELECT c FROM v EXCEPT SELECT d FROM w INTERSECT SELECT e FROM x ORDER BY 1
GO
(SELECT 1) UNION (SELECT 2) ORDER BY 1
GO
(SELECT 1)
GO
WITH c (a, b) AS (SELECT 1, 2), d AS (SELECT a FROM c UNION ALL SELECT a + 1 FROM d WHERE a < 10) SELECT * FROM d OPTION (MAXRECURSION 100)
GO
SELECT 1; WITH c AS (SELECT 1 AS a) SELECT a FROM c
GO
SELECT a INTO #t FROM t
GO
SELECT @a = 1, @b += 2, @c = (SELECT MAX(x) FROM t)
GO
SELECT a, b FROM t FOR JSON PATH, ROOT('x'), INCLUDE_NULL_VALUES
GO
SELECT a FROM t FOR JSON AUTO, WITHOUT_ARRAY_WRAPPER
GO
SELECT a FROM t FOR XML PATH(''), TYPE
GO
SELECT a FROM t FOR XML RAW('r'), ROOT('rs'), ELEMENTS XSINIL
GO
SELECT a FROM t OPTION (RECOMPILE, MAXDOP 1, FORCE ORDER, HASH JOIN, LOOP JOIN, FAST 10, KEEPFIXED PLAN, OPTIMIZE FOR UNKNOWN)
GO
SELECT a FROM t OPTION (USE HINT('DISABLE_OPTIMIZED_NESTED_LOOP'), OPTIMIZE FOR (@a UNKNOWN, @b = 5), MAX_GRANT_PERCENT = 10, QUERYTRACEON 4199)
GO
SELECT * FROM @t AS x JOIN #u u ON u.a = x.a, ##v, db..t, srv.db.dbo.t
GO
SELECT 1 SELECT 2 SELECT 3
GO
SELECT a FROM t WITH (INDEX = ix, FORCESEEK) WHERE a = 1 SELECT b FROM u
GO
SELECT o.name, i.index_id FROM sys.objects o JOIN sys.indexes AS i ON i.object_id = o.object_id WHERE o.object_id = OBJECT_ID(N'dbo.t') AND i.name IS NOT NULL ORDER BY i.index_id
GO
SELECT * FROM sys.dm_db_index_physical_stats(DB_ID(), OBJECT_ID('dbo.t'), NULL, NULL, 'LIMITED') AS ps
GO
SELECT TOP (1000) AtomId, ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) AS rn FROM dbo.Atoms WITH (READPAST) WHERE AtomId > @last ORDER BY AtomId;
GO
SELECT a FROM t WHERE (a = 1 OR b = 2) AND (SELECT COUNT(*) FROM u) > 3
GO
SELECT (SELECT a, b FROM t ORDER BY a FOR JSON PATH) AS j
GO
SELECT 1 AS a UNION ALL (SELECT 2 UNION SELECT 3)
GO
SELECT a AS throw, b AS window, c offset FROM t output
GO
SELECT s.name + N'.' + t.name AS full_name, p.rows, CAST(SUM(a.used_pages) * 8 / 1024.0 AS decimal(18, 2)) AS mb FROM sys.tables AS t INNER JOIN sys.schemas AS s ON s.schema_id = t.schema_id INNER JOIN sys.partitions AS p ON p.object_id = t.object_id AND p.index_id IN (0, 1) INNER JOIN sys.allocation_units a ON a.container_id = p.partition_id WHERE t.is_ms_shipped = 0 GROUP BY s.name, t.name, p.rows HAVING SUM(a.used_pages) > 0 ORDER BY mb DESC
GO
SELECT x.id, COALESCE(y.n, 0) n FROM x LEFT JOIN (SELECT id, COUNT(*) AS n FROM z GROUP BY id) AS y ON y.id = x.id WHERE NOT EXISTS (SELECT 1 FROM w WHERE w.id = x.id) AND x.name LIKE N'%[_]x' ESCAPE N'!'
GO
SELECT TOP (1) WITH TIES a FROM t ORDER BY ROW_NUMBER() OVER (PARTITION BY a ORDER BY b)
GO
WITH keyset AS (SELECT TOP (@batch) AtomEmbeddingId, AtomId FROM dbo.AtomEmbeddings WITH (READCOMMITTEDLOCK) WHERE AtomEmbeddingId > @watermark ORDER BY AtomEmbeddingId) SELECT k.AtomEmbeddingId, e.EmbeddingVector FROM keyset AS k JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = k.AtomEmbeddingId ORDER BY k.AtomEmbeddingId OPTION (RECOMPILE)
GO
SELECT JSON_VALUE(m.Metadata, '$.x') AS x, ISJSON(m.Metadata) j, o.[key] FROM dbo.m AS m CROSS APPLY OPENJSON(m.Metadata) AS o OUTER APPLY STRING_SPLIT(m.tags, ',') AS s
GO
SELECT N'[' + STRING_AGG(CAST(CONVERT(varchar(30), v, 3) AS varchar(max)), ',') WITHIN GROUP (ORDER BY i) + N']' FROM t
GO
SELECT a FROM t WHERE a = (SELECT MAX(b) FROM u) AND b <> ALL (SELECT c FROM v) AND (c IS NULL OR c NOT IN ('x', N'y'))
GO
SELECT region, [1], [2] FROM (SELECT region, quarter, amount FROM dbo.Sales) AS s PIVOT (SUM(amount) FOR quarter IN ([1], [2])) AS p WHERE p.[1] > 5 ORDER BY region
GO
SELECT u.id, u.v, u.n FROM dbo.Wide AS w JOIN dbo.Other o ON o.id = w.id UNPIVOT (v FOR n IN (a, b, [c d])) AS u CROSS JOIN dbo.Third
GO
SELECT TRIM('x' FROM a), TRIM(LEADING 'x' FROM a), TRIM(BOTH N'x' FROM a) FROM dbo.t
