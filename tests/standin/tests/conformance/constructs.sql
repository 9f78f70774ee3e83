=== temporal
CREATE TABLE dbo.h (id int NOT NULL PRIMARY KEY, n int, a datetime2 GENERATED ALWAYS AS ROW START NOT NULL, b datetime2 GENERATED ALWAYS AS ROW END NOT NULL, PERIOD FOR SYSTEM_TIME (a, b)) WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.h_hist));
GO
INSERT INTO dbo.h (id, n) VALUES (1, 1);
UPDATE dbo.h SET n = 2;
SELECT id, n FROM dbo.h FOR SYSTEM_TIME ALL ORDER BY n;
SELECT COUNT(*) FROM dbo.h FOR SYSTEM_TIME AS OF '2020-01-01';
---
1 | 1
1 | 2
0
=== window frames
SELECT value, SUM(value) OVER (ORDER BY value ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING), AVG(value) OVER (ORDER BY value RANGE UNBOUNDED PRECEDING), COUNT(*) OVER (ORDER BY value / 2), MAX(value) OVER (ORDER BY value DESC ROWS 1 PRECEDING) FROM GENERATE_SERIES(1, 4) ORDER BY value
---
1 | 5 | 1 | 1 | 2
2 | 7 | 1 | 3 | 3
3 | 4 | 2 | 3 | 4
4 | NULL | 2 | 4 | 4
=== select in if
IF (SELECT SUM(x) FROM (VALUES (1), (NULL)) AS v (x)) = 1 SELECT 'yes' ELSE SELECT 'no';
---
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
yes
=== exists is silent
IF EXISTS (SELECT SUM(x) FROM (VALUES (1), (NULL)) AS v (x)) SELECT 'yes';
---
yes
=== for json auto is refused
SELECT 1 AS a FOR JSON AUTO
---
!50000.16.1 hartonomous-standin does not implement FOR JSON AUTO.
=== concat operator
SELECT 'a' || 'b', N'a' || 'b', 'a' || NULL
---
ab | ab | NULL
=== string_split default
SELECT value FROM STRING_SPLIT('a b', ' ')
---
a
b
=== in list
SELECT CASE WHEN 1 IN (1, 2) THEN 1 ELSE 0 END, CASE WHEN 'A' IN ('a') THEN 1 ELSE 0 END
---
1 | 1
=== bits of max
SELECT CAST(2147483647 AS bigint) + 1, -2147483648, 9223372036854775807
---
2147483648 | -2147483648 | 9223372036854775807
=== group by expression
SELECT value % 2, SUM(value) FROM GENERATE_SERIES(1, 5) GROUP BY value % 2 HAVING SUM(value) > 6 ORDER BY value % 2
---
1 | 9
=== count distinct
SELECT COUNT(DISTINCT x), SUM(DISTINCT x), COUNT_BIG(*) FROM (VALUES (1), (1), (2)) AS v (x)
---
2 | 3 | 3
=== delete with output
CREATE TABLE dbo.o (id int); INSERT INTO dbo.o VALUES (1), (2);
DELETE FROM dbo.o OUTPUT deleted.id WHERE id = 2;
UPDATE dbo.o SET id = 5 OUTPUT deleted.id, inserted.id;
---
2
1 | 5
=== having without group by
SELECT COUNT(*) FROM dbo.o HAVING COUNT(*) > 5
---
=== correlated in list
SELECT o.id FROM dbo.o AS o WHERE o.id IN (SELECT x FROM (VALUES (5), (NULL)) AS v (x) WHERE x = o.id)
---
5
=== min of text and dates
SELECT MIN(x), MAX(x) FROM (VALUES ('b'), ('A'), ('c')) AS v (x)
---
A | c
=== between reversed
SELECT CASE WHEN 5 BETWEEN 10 AND 1 THEN 1 ELSE 0 END, CASE WHEN 5 NOT BETWEEN 10 AND 1 THEN 1 ELSE 0 END
---
0 | 1
=== a dropped column gives its pages back at a rebuild
CREATE TABLE dbo.wide_rows (Id int NOT NULL CONSTRAINT PK_wide_rows PRIMARY KEY, Filler char(4000) NOT NULL);
GO
INSERT INTO dbo.wide_rows (Id, Filler) SELECT value, 'x' FROM GENERATE_SERIES(1, 40);
GO
ALTER TABLE dbo.wide_rows DROP COLUMN Filler;
GO
SELECT CASE WHEN SUM(used_page_count) >= 20 THEN 'kept' ELSE 'gone' END FROM sys.dm_db_partition_stats WHERE object_id = OBJECT_ID(N'dbo.wide_rows');
GO
ALTER TABLE dbo.wide_rows REBUILD;
GO
SELECT CASE WHEN SUM(used_page_count) <= 3 THEN 'gone' ELSE 'kept' END FROM sys.dm_db_partition_stats WHERE object_id = OBJECT_ID(N'dbo.wide_rows');
GO
SELECT COUNT(*), SUM(Id) FROM dbo.wide_rows;
GO
DROP TABLE dbo.wide_rows;
---
kept
gone
40 | 820
=== assignments from left to right
DECLARE @a int, @b int, @c int = 5;
SELECT @a = 1, @a += 2, @b = @a * 10;
SELECT @c = value, @b = @b + @c FROM GENERATE_SERIES(1, 3);
SELECT @a, @b, @c;
---
3 | 36 | 3
=== rowsets of the server without names
SELECT a, v FROM OPENJSON(N'[{"a":1,"l":[5,6]}]') WITH (a int, l nvarchar(max) AS JSON) OUTER APPLY OPENJSON(l) WITH (v int '$') ORDER BY v;
SELECT COUNT(*) FROM STRING_SPLIT('a b', ' ') CROSS JOIN STRING_SPLIT('c d e', ' ');
---
1 | 5
1 | 6
6
=== the index hint 0
CREATE TABLE #heap (a int);
INSERT INTO #heap VALUES (1);
CREATE TABLE #clustered (a int PRIMARY KEY);
INSERT INTO #clustered VALUES (2);
SELECT a FROM #heap WITH (INDEX(0));
SELECT a FROM #clustered WITH (INDEX(0), NOLOCK);
---
1
2
=== catalog views of another database
CREATE TABLE dbo.only_here (a int);
CREATE TABLE #apart (a int, b int);
SELECT LEN(name), LEFT(name, 8) FROM tempdb.sys.tables WHERE object_id = OBJECT_ID('tempdb..#apart');
SELECT COUNT(*) FROM tempdb.sys.columns WHERE object_id = OBJECT_ID('tempdb..#apart');
SELECT COUNT(*) FROM sys.tables WHERE name = 'only_here';
SELECT COUNT(*) FROM master.sys.tables WHERE name = 'only_here';
SELECT COUNT(*) FROM tempdb.sys.tables WHERE name = 'only_here';
---
128 | #apart__
2
1
0
0
