=== rows to merge
CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT PK_t PRIMARY KEY, v int NOT NULL CONSTRAINT CK_t_v CHECK (v >= 0), n int IDENTITY(1, 1) NOT NULL)
GO
CREATE TABLE dbo.s (id int NOT NULL, v int NULL)
GO
INSERT INTO dbo.t (id, v) VALUES (1, 10), (2, 20), (3, 30)
GO
INSERT INTO dbo.s VALUES (2, 200), (3, 0), (4, 40)
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id
WHEN MATCHED AND s.v = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET v = s.v
WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)
WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = t.v + 1
OUTPUT $action, inserted.id, inserted.v, deleted.id, deleted.v, s.v;
SELECT @@ROWCOUNT
GO
SELECT id, v, n FROM dbo.t ORDER BY id
---
UPDATE | 2 | 200 | 2 | 20 | 200
DELETE | NULL | NULL | 3 | 30 | 0
INSERT | 4 | 40 | NULL | NULL | 40
UPDATE | 1 | 11 | 1 | 10 | NULL
4
1 | 11 | 1
2 | 200 | 2
4 | 40 | 4
=== the target row comes once
INSERT INTO dbo.s VALUES (2, 1)
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v;
GO
BEGIN TRANSACTION; MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN MATCHED THEN DELETE; SELECT @@ROWCOUNT; ROLLBACK
GO
SELECT COUNT(*) FROM dbo.t
---
!8672.16.1 The MERGE statement attempted to UPDATE or DELETE the same row more than once. This happens when a target row matches more than one source row. A MERGE statement cannot UPDATE/DELETE the same row of the target table multiple times. Refine the ON clause to ensure a target row matches at most one source row, or use the GROUP BY clause to group the source rows.
~3621 The statement has been terminated.
2
3
=== grammar of the clauses
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN MATCHED THEN DELETE
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN MATCHED THEN DELETE WHEN MATCHED AND s.v = 1 THEN UPDATE SET v = 1;
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN NOT MATCHED THEN UPDATE SET v = 1;
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN MATCHED THEN INSERT (id) VALUES (1);
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN NOT MATCHED AND s.v = 1 THEN INSERT (id, v) VALUES (s.id, 1) WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 2);
---
!10713.15.1 A MERGE statement must be terminated by a semi-colon (;).
!5324.16.1 In a MERGE statement, a 'WHEN MATCHED' clause with a search condition cannot appear after a 'WHEN MATCHED' clause with no search condition.
!10710.15.1 An action of type 'UPDATE' is not allowed in the 'WHEN NOT MATCHED' clause of a MERGE statement.
!10711.15.1 An action of type 'INSERT' is not allowed in the 'WHEN MATCHED' clause of a MERGE statement.
!10714.15.1 An action of type 'WHEN NOT MATCHED' cannot appear more than once in a 'INSERT' clause of a MERGE statement.
=== names of a merge
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.nosuch WHEN MATCHED THEN DELETE;
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = x.id WHEN MATCHED THEN DELETE;
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET nosuch = 1;
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, t.v);
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = s.v;
GO
MERGE dbo.t AS t USING dbo.s AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = 1;
---
!207.16.1 Invalid column name 'nosuch'.
!4104.16.1 The multi-part identifier "x.id" could not be bound.
!207.16.1 Invalid column name 'nosuch'.
!5333.16.1 The identifier 't.v' cannot be bound. Only source columns are allowed in the 'WHEN NOT MATCHED' clause of a MERGE statement.
!5334.16.1 The identifier 's.v' cannot be bound. Only target columns are allowed in the 'WHEN NOT MATCHED BY SOURCE' clause of a MERGE statement.
!8102.16.1 Cannot update identity column 'n'.
=== constraints of a merge
DELETE FROM dbo.s WHERE v = 1
GO
MERGE dbo.t AS t USING (VALUES (1, -5)) AS s (id, v) ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v;
GO
MERGE dbo.t AS t USING (VALUES (1, 5)) AS s (id, v) ON 1 = 0 WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v);
GO
MERGE dbo.t AS t USING (SELECT 1 AS a, 2 AS b UNION ALL SELECT 2, 1) AS s ON t.id = s.a WHEN MATCHED THEN UPDATE SET id = s.b;
GO
SELECT id, v FROM dbo.t ORDER BY id
---
!547.16.0 The MERGE statement conflicted with the CHECK constraint "CK_t_v". The conflict occurred in database "Hartonomous", table "dbo.t", column 'v'.
~3621 The statement has been terminated.
!2627.14.1 Violation of PRIMARY KEY constraint 'PK_t'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (1).
~3621 The statement has been terminated.
1 | 200
2 | 11
4 | 40
=== merge into a table variable, with OUTPUT INTO and TOP
DECLARE @v TABLE (id int PRIMARY KEY, v int); DECLARE @log TABLE (what nvarchar(10), id int);
INSERT @v VALUES (1, 1);
WITH c AS (SELECT id, v FROM dbo.t)
MERGE TOP (2) INTO @v AS x USING c ON x.id = c.id WHEN MATCHED THEN UPDATE SET v = c.v WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (c.id, DEFAULT) OUTPUT $action, inserted.id INTO @log;
SELECT COUNT(*) FROM @log;
---
2
=== merge keeps indexed views and history
CREATE TABLE dbo.h (id int NOT NULL PRIMARY KEY, v int NOT NULL, f datetime2 GENERATED ALWAYS AS ROW START NOT NULL, u datetime2 GENERATED ALWAYS AS ROW END NOT NULL, PERIOD FOR SYSTEM_TIME (f, u)) WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.h_past))
GO
INSERT INTO dbo.h (id, v) VALUES (1, 1), (2, 2)
GO
CREATE VIEW dbo.hv WITH SCHEMABINDING AS SELECT v, COUNT_BIG(*) AS c FROM dbo.h GROUP BY v
GO
CREATE UNIQUE CLUSTERED INDEX ux ON dbo.hv (v)
GO
MERGE dbo.h AS t USING (VALUES (1, 5), (3, 5)) AS s (id, v) ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v) WHEN NOT MATCHED BY SOURCE THEN DELETE;
GO
SELECT v, c FROM dbo.hv WITH (NOEXPAND)
GO
SELECT id, v FROM dbo.h_past ORDER BY id
---
5 | 2
1 | 1
2 | 2
