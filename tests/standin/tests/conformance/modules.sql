=== a body is bound when it is created
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, a int NOT NULL)
GO
CREATE PROCEDURE dbo.p AS SELECT nosuch FROM dbo.t
GO
CREATE PROCEDURE dbo.p AS
SELECT nosuch FROM dbo.t;
SELECT id FROM dbo.missing;
UPDATE dbo.t SET other = 1;
GO
SELECT OBJECT_ID('dbo.p')
GO
CREATE PROCEDURE dbo.p AS SELECT nosuch FROM dbo.t; SELECT @undeclared
GO
CREATE PROCEDURE dbo.p AS SELECT id, whatever FROM dbo.missing
GO
CREATE OR ALTER PROCEDURE dbo.p AS SELECT a FROM dbo.t WHERE nosuch = 1
GO
SELECT OBJECT_DEFINITION(OBJECT_ID('dbo.p'))
---
!207.16.1 Invalid column name 'nosuch'.
!207.16.1 Invalid column name 'nosuch'.
!207.16.1 Invalid column name 'other'.
NULL
!137.15.2 Must declare the scalar variable "@undeclared".
!207.16.1 Invalid column name 'nosuch'.
CREATE PROCEDURE dbo.p AS SELECT id, whatever FROM dbo.missing
=== a missing procedure is told
CREATE PROCEDURE dbo.q AS EXEC dbo.nobody; EXEC dbo.p
GO
CREATE PROCEDURE dbo.r AS CREATE TABLE #x (a int); INSERT #x VALUES (1); SELECT b FROM #x
GO
EXEC dbo.r
---
~2007 The module 'q' depends on the missing object 'dbo.nobody'. The module will still be created; however, it cannot run successfully until the object exists.
!207.16.1 Invalid column name 'b'.
=== a run-time error stays one
CREATE PROCEDURE dbo.divide AS SELECT 1 / 0
GO
EXEC dbo.divide
---
!8134.16.1 Divide by zero error encountered.
=== what a function must not hold
CREATE FUNCTION dbo.f (@x int) RETURNS int AS BEGIN DECLARE @y int = @x; END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS int AS BEGIN IF @x = 1 RETURN 1 ELSE RETURN 2 END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS int AS BEGIN SELECT id FROM dbo.t; RETURN 1 END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS int AS BEGIN SELECT 1; RETURN 1 END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS int AS BEGIN INSERT INTO dbo.t VALUES (1, 1); RETURN 1 END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS int AS BEGIN PRINT 'a'; RETURN 1 END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS uniqueidentifier AS BEGIN RETURN NEWID() END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS int AS BEGIN IF @x = 1 RETURN; RETURN 1 END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS int AS
BEGIN
    PRINT 'a';
    SELECT @x = nosuch FROM dbo.t;
    DECLARE @y int;
END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS @r TABLE (a int) AS BEGIN INSERT INTO @r VALUES (@x); RETURN 1 END
GO
CREATE FUNCTION dbo.f (@x int) RETURNS @r TABLE (a int) AS BEGIN INSERT INTO @r VALUES (@x); DECLARE @t TABLE (b int); INSERT @t VALUES (1); RETURN END
GO
SELECT a FROM dbo.f(7)
---
!455.16.2 The last statement included within a function must be a return statement.
!455.16.2 The last statement included within a function must be a return statement.
!444.16.2 Select statements included within a function cannot return data to a client.
!444.16.3 Select statements included within a function cannot return data to a client.
!443.16.15 Invalid use of a side-effecting operator 'INSERT' within a function.
!443.16.14 Invalid use of a side-effecting operator 'PRINT' within a function.
!443.16.1 Invalid use of a side-effecting operator 'newid' within a function.
!1075.15.1 RETURN statements in scalar valued functions must include an argument.
!207.16.1 Invalid column name 'nosuch'.
!443.16.14 Invalid use of a side-effecting operator 'PRINT' within a function.
!455.16.2 The last statement included within a function must be a return statement.
!178.15.1 A RETURN statement with a return value cannot be used in this context.
7
=== inline functions and views defer nothing
CREATE FUNCTION dbo.i (@x int) RETURNS TABLE AS RETURN SELECT id FROM dbo.missing
GO
CREATE FUNCTION dbo.i (@x int) RETURNS TABLE AS RETURN SELECT id, a + @x FROM dbo.t
GO
CREATE FUNCTION dbo.i (@x int) RETURNS TABLE AS RETURN SELECT id, a AS ID FROM dbo.t
GO
CREATE VIEW dbo.v AS SELECT nosuch FROM dbo.t
GO
CREATE VIEW dbo.v AS SELECT id FROM dbo.missing
GO
CREATE VIEW dbo.v WITH SCHEMABINDING AS SELECT * FROM dbo.t
GO
CREATE VIEW dbo.loose AS SELECT id FROM dbo.t
GO
CREATE VIEW dbo.v WITH SCHEMABINDING AS SELECT id FROM dbo.loose
GO
CREATE VIEW dbo.v WITH SCHEMABINDING AS SELECT id FROM dbo.t
GO
EXEC sp_rename 'dbo.t.id', 'key', 'COLUMN'
GO
EXEC sp_rename 'dbo.t', 's'
GO
ALTER TABLE dbo.t DROP COLUMN a
---
!208.16.1 Invalid object name 'dbo.missing'.
!4514.16.1 CREATE FUNCTION failed because a column name is not specified for column 2.
!4506.16.1 Column names in each view or function must be unique. Column name 'ID' in view or function 'i' is specified more than once.
!207.16.1 Invalid column name 'nosuch'.
!208.16.1 Invalid object name 'dbo.missing'.
!1054.15.6 Syntax '*' is not allowed in schema-bound objects.
!4513.16.2 Cannot schema bind view 'dbo.v'. 'dbo.loose' is not schema bound.
!15336.16.1 Object 'dbo.t.id' cannot be renamed because the object participates in enforced dependencies.
!15336.16.1 Object 'dbo.t' cannot be renamed because the object participates in enforced dependencies.
