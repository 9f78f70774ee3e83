=== not schema bound
CREATE TABLE dbo.b (id int NOT NULL CONSTRAINT PK_b PRIMARY KEY, grp int NOT NULL, val int NOT NULL, spare int NULL)
GO
INSERT INTO dbo.b (id, grp, val) VALUES (1, 10, 100), (2, 20, 200), (3, 30, 300)
GO
CREATE VIEW dbo.plain AS SELECT id, grp FROM dbo.b
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.plain (id)
---
!1939.16.1 Cannot create index on view 'plain' because the view is not schema bound.
=== the first index is unique and clustered
CREATE VIEW dbo.v WITH SCHEMABINDING AS SELECT id, grp, val FROM dbo.b
GO
CREATE CLUSTERED INDEX ix ON dbo.v (id)
GO
CREATE UNIQUE NONCLUSTERED INDEX ix ON dbo.v (id)
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.v (nope)
GO
CREATE UNIQUE CLUSTERED INDEX ix_v ON dbo.v (id) WITH (DATA_COMPRESSION = PAGE)
GO
CREATE UNIQUE CLUSTERED INDEX ix_w ON dbo.v (val)
GO
CREATE INDEX nx ON dbo.v (val) WHERE val > 0
---
!1941.16.1 Cannot create nonunique clustered index on view 'dbo.v' because only unique clustered indexes are allowed. Consider creating unique clustered index instead.
!1940.16.1 Cannot create index on view 'dbo.v'. It does not have a unique clustered index.
!1911.16.1 Column name 'nope' does not exist in the target table or view.
!1902.16.3 Cannot create more than one clustered index on view 'dbo.v'. Drop the existing clustered index 'ix_v' before creating another.
!10610.16.1 Filtered index 'nx' cannot be created on object 'dbo.v' because it is not a user table. Filtered indexes are only supported on tables. If you are trying to create a filtered index on a view, consider creating an indexed view with the filter expression incorporated in the view definition.
=== catalog of an indexed view
SELECT name, index_id, type_desc, is_unique, is_primary_key FROM sys.indexes WHERE object_id = OBJECT_ID('dbo.v')
GO
SELECT index_id, rows, data_compression_desc FROM sys.partitions WHERE object_id = OBJECT_ID('dbo.v')
GO
SELECT row_count FROM sys.dm_db_partition_stats WHERE object_id = OBJECT_ID('dbo.v')
GO
SELECT name, stats_id FROM sys.stats WHERE object_id = OBJECT_ID('dbo.v')
GO
SELECT column_id, key_ordinal FROM sys.index_columns WHERE object_id = OBJECT_ID('dbo.v')
---
ix_v | 1 | CLUSTERED | 1 | 0
1 | 3 | PAGE
3
ix_v | 1
1 | 1
=== a key that comes twice
INSERT INTO dbo.b (id, grp, val) VALUES (4, 10, 400)
GO
CREATE VIEW dbo.g WITH SCHEMABINDING AS SELECT grp FROM dbo.b
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.g (grp)
GO
SELECT COUNT(*) FROM sys.indexes WHERE object_id = OBJECT_ID('dbo.g')
GO
DELETE FROM dbo.b WHERE id = 4
GO
CREATE UNIQUE CLUSTERED INDEX ux_g ON dbo.g (grp)
GO
INSERT INTO dbo.b (id, grp, val) VALUES (5, 50, 500), (6, 20, 600)
GO
UPDATE dbo.b SET grp = 10 WHERE id = 3
GO
UPDATE dbo.b SET grp = grp + 10
GO
SELECT grp FROM dbo.g WITH (NOEXPAND) ORDER BY grp
GO
UPDATE dbo.b SET grp = grp - 10
GO
SELECT COUNT(*) FROM dbo.b
GO
DROP INDEX ux_g ON dbo.g
GO
INSERT INTO dbo.b (id, grp, val) VALUES (6, 20, 600)
GO
SELECT grp FROM dbo.g WITH (NOEXPAND)
---
!1505.16.1 The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name 'dbo.g' and the index name 'ix'. The duplicate key value is (10).
0
!2601.14.1 Cannot insert duplicate key row in object 'dbo.g' with unique index 'ux_g'. The duplicate key value is (20).
~3621 The statement has been terminated.
!2601.14.1 Cannot insert duplicate key row in object 'dbo.g' with unique index 'ux_g'. The duplicate key value is (10).
~3621 The statement has been terminated.
20
30
40
3
!8171.16.2 Hint 'noexpand' on object 'dbo.g' is invalid.
=== every change is seen
SELECT id, grp, val FROM dbo.v WITH (NOEXPAND) ORDER BY id
GO
UPDATE dbo.b SET val = val + 1 WHERE id >= 3
GO
DELETE FROM dbo.b WHERE id = 2
GO
BEGIN TRANSACTION
GO
INSERT INTO dbo.b (id, grp, val) VALUES (7, 70, 700)
GO
SELECT COUNT(*) FROM dbo.v WITH (NOEXPAND)
GO
ROLLBACK
GO
SELECT id, grp, val FROM dbo.v WITH (NOEXPAND) ORDER BY id
---
1 | 10 | 100
2 | 20 | 200
3 | 30 | 300
6 | 20 | 600
4
1 | 10 | 100
3 | 30 | 301
6 | 20 | 601
=== what the view protects
TRUNCATE TABLE dbo.b
GO
DROP TABLE dbo.b
GO
ALTER TABLE dbo.b DROP COLUMN val
GO
ALTER TABLE dbo.b DROP COLUMN spare
GO
ALTER TABLE dbo.b ADD extra int NULL
GO
SELECT id FROM dbo.b WITH (NOEXPAND)
---
!3729.16.2 Cannot TRUNCATE TABLE 'dbo.b' because it is being referenced by object 'v'.
!3729.16.1 Cannot DROP TABLE 'dbo.b' because it is being referenced by object 'v'.
!5074.16.1 The object 'v' is dependent on column 'val'.
!4922.16.9 ALTER TABLE DROP COLUMN val failed because one or more objects access this column.
!8171.16.2 Hint 'noexpand' on object 'dbo.b' is invalid.
=== options
SET NUMERIC_ROUNDABORT ON
GO
INSERT INTO dbo.b (id, grp, val) VALUES (9, 9, 9); SELECT 1
GO
DROP INDEX ix_v ON dbo.v
GO
CREATE UNIQUE CLUSTERED INDEX ix_v ON dbo.v (id)
GO
SET NUMERIC_ROUNDABORT OFF
GO
CREATE UNIQUE CLUSTERED INDEX ix_v ON dbo.v (id) WITH (ONLINE = ON)
GO
CREATE UNIQUE CLUSTERED INDEX ix_v ON dbo.v (id) WITH (IGNORE_DUP_KEY = ON)
---
!1934.16.1 INSERT failed because the following SET options have incorrect settings: 'NUMERIC_ROUNDABORT'. Verify that SET options are correct for use with indexed views and/or indexes on computed columns and/or filtered indexes and/or query notifications and/or XML data type methods and/or spatial index operations.
!1934.16.1 CREATE INDEX failed because the following SET options have incorrect settings: 'NUMERIC_ROUNDABORT'. Verify that SET options are correct for use with indexed views and/or indexes on computed columns and/or filtered indexes and/or query notifications and/or XML data type methods and/or spatial index operations.
!1967.16.1 Cannot create a new clustered index on a view online.
!1990.16.1 Cannot define an index on a view with ignore_dup_key index option. Remove ignore_dup_key option and verify that view definition does not allow duplicates, or do not index view.
=== an index of a view comes and goes
CREATE UNIQUE CLUSTERED INDEX ix_v ON dbo.v (id)
GO
CREATE INDEX nx ON dbo.v (val)
GO
ALTER INDEX ix_v ON dbo.v DISABLE
GO
SELECT id FROM dbo.v WITH (NOEXPAND)
GO
INSERT INTO dbo.b (id, grp, val) VALUES (8, 80, 800)
GO
ALTER INDEX ALL ON dbo.v REBUILD
GO
SELECT COUNT(*) FROM dbo.v WITH (NOEXPAND, INDEX (nx))
GO
CREATE OR ALTER VIEW dbo.v WITH SCHEMABINDING AS SELECT id, grp, val FROM dbo.b
GO
SELECT COUNT(*) FROM sys.indexes WHERE object_id = OBJECT_ID('dbo.v')
GO
BEGIN TRANSACTION; CREATE UNIQUE CLUSTERED INDEX cx ON dbo.v (val); ROLLBACK
GO
SELECT COUNT(*) FROM sys.indexes WHERE object_id = OBJECT_ID('dbo.v')
GO
DROP VIEW dbo.v
---
!8171.16.2 Hint 'noexpand' on object 'dbo.v' is invalid.
4
0
0
=== joins and groups
CREATE TABLE dbo.p (id int NOT NULL PRIMARY KEY, name nvarchar(20) NOT NULL)
GO
CREATE TABLE dbo.o (id int NOT NULL PRIMARY KEY, pid int NOT NULL REFERENCES dbo.p (id) ON DELETE CASCADE, n int NOT NULL, m int NULL)
GO
INSERT INTO dbo.p VALUES (1, N'a'), (2, N'b'), (3, N'c')
GO
INSERT INTO dbo.o VALUES (1, 1, 10, NULL), (2, 1, 20, 5), (3, 2, 30, NULL)
GO
CREATE VIEW dbo.totals WITH SCHEMABINDING AS SELECT p.name, SUM(o.n) AS n, COUNT_BIG(*) AS c FROM dbo.o AS o JOIN dbo.p AS p ON p.id = o.pid GROUP BY p.name
GO
CREATE UNIQUE CLUSTERED INDEX ux ON dbo.totals (name)
GO
CREATE VIEW dbo.flat WITH SCHEMABINDING AS SELECT o.id, p.name, o.n * 2e0 AS twice FROM dbo.o AS o JOIN dbo.p AS p ON p.id = o.pid WHERE o.n > 10
GO
CREATE UNIQUE CLUSTERED INDEX ux ON dbo.flat (twice)
GO
CREATE UNIQUE CLUSTERED INDEX ux ON dbo.flat (name, id)
GO
SELECT name, n, c FROM dbo.totals WITH (NOEXPAND) ORDER BY name
GO
INSERT INTO dbo.o VALUES (4, 3, 40, NULL), (5, 1, 50, NULL)
GO
UPDATE dbo.o SET pid = 2 WHERE id = 2
GO
UPDATE dbo.p SET name = N'B' + name WHERE id = 2
GO
SELECT name, n, c FROM dbo.totals WITH (NOEXPAND) ORDER BY name
GO
SELECT id, name, twice FROM dbo.flat WITH (NOEXPAND) ORDER BY id
GO
DELETE FROM dbo.p WHERE id = 1
GO
SELECT name, n, c FROM dbo.totals WITH (NOEXPAND) ORDER BY name
GO
SELECT id, name, twice FROM dbo.flat WITH (NOEXPAND) ORDER BY id
---
!1901.16.1 Cannot create index or statistics 'ux' on view 'dbo.flat' because key column 'twice' is imprecise, computed and not persisted. Consider removing reference to column in view index or statistics key or changing column to be precise. If column is computed in base table consider marking it PERSISTED there.
a | 30 | 2
b | 30 | 1
a | 60 | 2
Bb | 50 | 2
c | 40 | 1
2 | Bb | 40.0
3 | Bb | 60.0
4 | c | 80.0
5 | a | 100.0
Bb | 50 | 2
c | 40 | 1
2 | Bb | 40.0
3 | Bb | 60.0
4 | c | 80.0
=== views that cannot have an index
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, a int NOT NULL, b int NULL, f float NOT NULL, d datetime NOT NULL)
GO
CREATE TABLE dbo.u (id int NOT NULL PRIMARY KEY, tid int NOT NULL, c int NOT NULL)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT DISTINCT a FROM dbo.t
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (a)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT TOP 5 id, a FROM dbo.t ORDER BY id
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT t.id, u.c FROM dbo.t LEFT JOIN dbo.u ON u.tid = t.id
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT id, a FROM dbo.t UNION ALL SELECT id, c FROM dbo.u
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT a, AVG(c) AS av, COUNT_BIG(*) AS cb FROM dbo.u JOIN dbo.t ON t.id = u.tid GROUP BY a
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (a)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT id, a FROM dbo.t WHERE id IN (SELECT tid FROM dbo.u)
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT a, COUNT(*) AS n FROM dbo.t GROUP BY a
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (a)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT a, SUM(id) AS sb FROM dbo.t GROUP BY a
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (a)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT id, DATEADD(day, 1, GETDATE()) AS d FROM dbo.t
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT t1.id, t2.a FROM dbo.t AS t1 JOIN dbo.t AS t2 ON t2.id = t1.id
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS WITH c AS (SELECT id, a FROM dbo.t) SELECT id, a FROM c
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT a, SUM(b) AS sb, COUNT_BIG(*) AS cb FROM dbo.t GROUP BY a
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (a)
---
!10100.16.1 Cannot create index on view "Hartonomous.dbo.w" because it contains the DISTINCT keyword. Consider removing DISTINCT from the view or not indexing the view. Alternatively, consider replacing DISTINCT with GROUP BY or COUNT_BIG(*) to simulate DISTINCT on grouping columns.
!10101.16.1 Cannot create index on view "Hartonomous.dbo.w" because it contains the TOP or OFFSET keyword. Consider removing the TOP or OFFSET or not indexing the view.
!10113.16.1 Cannot create index on view "Hartonomous.dbo.w" because it uses a LEFT, RIGHT, or FULL OUTER join, and no OUTER joins are allowed in indexed views. Consider using an INNER join instead.
!10116.16.1 Cannot create index on view 'Hartonomous.dbo.w' because it contains one or more UNION, INTERSECT, or EXCEPT operators. Consider creating a separate indexed view for each query that is an input to the UNION, INTERSECT, or EXCEPT operators of the original view.
!10125.16.1 Cannot create index on view "Hartonomous.dbo.w" because it uses aggregate "AVG". Consider eliminating the aggregate, not indexing the view, or using alternate aggregates. For example, for AVG substitute SUM and COUNT_BIG, or for COUNT, substitute COUNT_BIG.
!10127.16.1 Cannot create index on view "Hartonomous.dbo.w" because it contains one or more subqueries. Consider changing the view to use only joins instead of subqueries. Alternatively, consider not indexing this view.
!10136.16.1 Cannot create index on view "Hartonomous.dbo.w" because it uses the aggregate COUNT. Use COUNT_BIG instead.
!10138.16.1 Cannot create index on view 'Hartonomous.dbo.w' because its select list does not include a proper use of COUNT_BIG. Consider adding COUNT_BIG(*) to select list.
!1949.16.1 Cannot create index on view 'Hartonomous.dbo.w'. The function 'getdate' yields nondeterministic results. Use a deterministic system function, or modify the user-defined function to return deterministic results.
!1947.16.1 Cannot create index on view "Hartonomous.dbo.w". The view contains a self join on "Hartonomous.dbo.t".
!10137.16.1 Cannot create index on view "Hartonomous.dbo.w" because it references common table expression "c". Views referencing common table expressions cannot be indexed. Consider not indexing the view, or removing the common table expression from the view definition.
!8662.16.0 Cannot create the clustered index "ix" on view "Hartonomous.dbo.w" because the view references an unknown value (SUM aggregate of nullable expression). Consider referencing only non-nullable values in SUM. ISNULL() may be useful for this.
=== other shapes by number
CREATE OR ALTER VIEW dbo.vin WITH SCHEMABINDING AS SELECT id, a FROM dbo.t
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT id, a FROM dbo.vin
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT f, COUNT_BIG(*) AS cb FROM dbo.t GROUP BY f
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (f)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT id, CONVERT(datetime, '1/2/2020') AS cd FROM dbo.t
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT id, DATEDIFF(day, d, '20210101') AS dd FROM dbo.t
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT id, f, RAND(1) AS r FROM dbo.t
GO
CREATE UNIQUE CLUSTERED INDEX ix ON dbo.w (id)
GO
CREATE OR ALTER VIEW dbo.w WITH SCHEMABINDING AS SELECT id FROM plain
---
!1937.16.1 Cannot create index on view 'Hartonomous.dbo.w' because it references another view 'Hartonomous.dbo.vin'. Consider expanding referenced view's definition by hand in indexed view definition.
!1962.16.1 Cannot create index on view 'Hartonomous.dbo.w' because column 'f' that is referenced by the view in the WHERE or GROUP BY clause is imprecise. Consider eliminating the column from the view, or altering the column to be precise.
!1963.16.1 Cannot create index on view "Hartonomous.dbo.w". The view contains a convert that is imprecise or non-deterministic.
!10139.16.1 Cannot create index on view 'Hartonomous.dbo.w' because the view uses an implicit conversion from string to datetime or smalldatetime. Use an explicit CONVERT with a deterministic style value.
!4512.16.3 Cannot schema bind view 'dbo.w' because name 'plain' is invalid for schema binding. Names must be in two-part format and an object cannot reference itself.
