=== set up
ALTER DATABASE CURRENT ADD FILEGROUP fx CONTAINS MEMORY_OPTIMIZED_DATA
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/native') TO FILEGROUP fx
GO
CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT pk PRIMARY KEY NONCLUSTERED, v int NOT NULL, w nvarchar(20) NULL) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.d (id int)
---
=== what the module must say
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN SELECT 1 AS a END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT 1 AS a END
GO
CREATE PROCEDURE dbo.p WITH SCHEMABINDING AS SELECT 1 AS a
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT) SELECT 1 AS a END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (LANGUAGE = N'us_english') SELECT 1 AS a END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = READ COMMITTED, LANGUAGE = N'us_english') SELECT 1 AS a END
GO
BEGIN TRANSACTION; EXEC (N'CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N''us_english'') SELECT 1 AS a END'); ROLLBACK
GO
SELECT OBJECT_ID('dbo.p')
---
!10783.15.1 The body of a natively compiled module must be an ATOMIC block.
!10796.15.1 The SCHEMABINDING option is supported only for natively compiled modules, and is required for those modules.
!10796.15.1 The SCHEMABINDING option is supported only for natively compiled modules, and is required for those modules.
!10784.15.1 The WITH clause of BEGIN ATOMIC statement must specify a value for the option 'language'.
!10784.15.1 The WITH clause of BEGIN ATOMIC statement must specify a value for the option 'transaction isolation level'.
!10794.16.77 The transaction isolation level 'READ COMMITTED' is not supported with natively compiled modules.
!12331.16.1 DDL statements ALTER, DROP and CREATE inside user transactions are not supported with natively compiled modules.
NULL
=== what the body may not hold
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT * FROM dbo.t END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT id FROM t END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT id FROM dbo.d END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT TOP 8193 id FROM dbo.t ORDER BY id END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT TOP (4097) a.id FROM dbo.t AS a JOIN dbo.t AS b ON a.id = b.v ORDER BY a.id END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') INSERT dbo.t (id, v) VALUES (1, 1), (2, 2) END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english'); WITH c AS (SELECT id FROM dbo.t) SELECT id FROM c END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') DECLARE @n int = (SELECT COUNT(*) FROM dbo.t) END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') DELETE a FROM dbo.t AS a WHERE a.id = 1 END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') WHILE 1 = 1 BREAK END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT UPPER(w) AS u FROM dbo.t END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT id FROM dbo.t WHERE w LIKE N'x%' END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') PRINT N'x' END
GO
CREATE PROCEDURE dbo.q AS SELECT 1 AS a
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') EXEC dbo.q END
GO
CREATE PROCEDURE dbo.p WITH NATIVE_COMPILATION, SCHEMABINDING AS BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english') SELECT nosuch FROM dbo.t END
---
!1054.15.6 Syntax '*' is not allowed in schema-bound objects.
!4512.16.3 Cannot schema bind procedure 'dbo.p' because name 't' is invalid for schema binding. Names must be in two-part format and an object cannot reference itself.
!10775.16.1 Object 'dbo.d' is not a memory optimized table or a natively compiled inline table-valued function and cannot be accessed from a natively compiled module.
!41398.16.1 The TOP operator can return a maximum of 8192 rows; 8193 was requested.
!41398.16.1 The TOP operator can return a maximum of 4096 rows; 4097 was requested.
!12309.16.1 Statements of the form INSERT...VALUES... that insert multiple rows are not supported with natively compiled modules.
!12310.16.1 Common Table Expressions (CTE) are not supported with natively compiled modules.
!12311.16.1 Subqueries (queries nested inside another query) is only supported in SELECT statements with natively compiled modules.
!12319.16.1 Using the FROM clause in an UPDATE statement and specifying a table source in a DELETE statement is not supported with natively compiled modules.
!10794.16.1 The statement 'BREAK' is not supported with natively compiled modules.
!10794.16.85 The function 'upper' is not supported with natively compiled modules.
!10794.16.1 The operator 'LIKE' is not supported with natively compiled modules.
!10794.16.1 The statement 'PRINT' is not supported with natively compiled modules.
!12342.16.1 The EXECUTE statement in natively compiled modules only supports executing natively compiled modules.
!207.16.1 Invalid column name 'nosuch'.
=== a procedure runs as one block
CREATE PROCEDURE dbo.put @id int, @n int, @sum int OUTPUT WITH NATIVE_COMPILATION, SCHEMABINDING, EXECUTE AS OWNER AS
BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english')
    DECLARE @i int = 0, @at datetime2(7) = SYSDATETIME();
    WHILE @i < @n
    BEGIN
        INSERT dbo.t (id, v, w) VALUES (@id + @i, @i * 10, N'row');
        SET @i += 1;
    END;
    SELECT @sum = SUM(v) FROM dbo.t;
    UPDATE dbo.t SET w = NULL WHERE id = @id;
    IF @sum IS NULL SET @sum = 0;
    SELECT TOP (@n) id, v, w FROM dbo.t ORDER BY id DESC;
    RETURN 3;
END
GO
SELECT uses_native_compilation, is_schema_bound FROM sys.sql_modules WHERE object_id = OBJECT_ID('dbo.put')
GO
DECLARE @s int, @r int; EXEC @r = dbo.put 1, 3, @s OUTPUT; SELECT @r, @s, @@TRANCOUNT
GO
SELECT id, w FROM dbo.t ORDER BY id
GO
DROP TABLE dbo.t
GO
ALTER TABLE dbo.t DROP COLUMN w
GO
BEGIN TRANSACTION; EXEC (N'DROP PROCEDURE dbo.put'); ROLLBACK
---
1 | 1
3 | 20 | row
2 | 10 | row
1 | 0 | NULL
3 | 30 | 0
1 | NULL
2 | row
3 | row
!3729.16.1 Cannot DROP TABLE 'dbo.t' because it is being referenced by object 'put'.
!5074.16.1 The object 'put' is dependent on column 'w'.
!4922.16.9 ALTER TABLE DROP COLUMN w failed because one or more objects access this column.
!12331.16.1 DDL statements ALTER, DROP and CREATE inside user transactions are not supported with natively compiled modules.
=== an error takes the block back and leaves the transaction of the caller
CREATE PROCEDURE dbo.twice @id int WITH NATIVE_COMPILATION, SCHEMABINDING AS
BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english')
    INSERT dbo.t (id, v) VALUES (@id, 1);
    INSERT dbo.t (id, v) VALUES (@id, 1);
END
GO
BEGIN TRANSACTION; INSERT dbo.d VALUES (1); EXEC dbo.twice 50; INSERT dbo.d VALUES (2)
GO
SELECT @@TRANCOUNT, XACT_STATE(), (SELECT COUNT(*) FROM dbo.d), (SELECT COUNT(*) FROM dbo.t WITH (SNAPSHOT) WHERE id = 50)
GO
COMMIT
GO
EXEC dbo.twice 50; SELECT N'not reached'
GO
SELECT @@TRANCOUNT, (SELECT COUNT(*) FROM dbo.t WHERE id = 50)
GO
BEGIN TRANSACTION; BEGIN TRY EXEC dbo.twice 50 END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_PROCEDURE(), ERROR_LINE(), XACT_STATE() END CATCH; COMMIT
GO
SELECT COUNT(*) FROM dbo.t WHERE id = 50
---
!2627.14.1 Violation of PRIMARY KEY constraint 'pk'. Cannot insert duplicate key in object 't'. The duplicate key value is (50).
1 | 1 | 1 | 0
!2627.14.1 Violation of PRIMARY KEY constraint 'pk'. Cannot insert duplicate key in object 't'. The duplicate key value is (50).
0 | 0
2627 | dbo.twice | 4 | 1
0
=== errors inside are caught inside
CREATE OR ALTER PROCEDURE dbo.twice @id int WITH NATIVE_COMPILATION, SCHEMABINDING AS
BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SERIALIZABLE, LANGUAGE = N'us_english')
    BEGIN TRY
        INSERT dbo.t (id, v) VALUES (@id, 1);
        INSERT dbo.t (id, v) VALUES (@id, 1);
    END TRY
    BEGIN CATCH
        SELECT ERROR_NUMBER() AS number;
        THROW 50001, N'again', 1;
    END CATCH
END
GO
EXEC dbo.twice 60
GO
SELECT COUNT(*) FROM dbo.t WHERE id = 60
---
2627
!50001.16.1 again
0
=== the level of the session does not matter where it is lower
SET TRANSACTION ISOLATION LEVEL SNAPSHOT; DECLARE @s int; EXEC dbo.put 70, 0, @s OUTPUT
GO
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; EXEC dbo.twice 80
GO
SET TRANSACTION ISOLATION LEVEL READ COMMITTED
GO
BEGIN TRANSACTION; DECLARE @s int; EXEC dbo.put 70, 1, @s OUTPUT; SELECT @s, @@TRANCOUNT; ROLLBACK
GO
SELECT COUNT(*) FROM dbo.t WHERE id = 70
GO
DROP PROCEDURE dbo.put
GO
DROP PROCEDURE dbo.twice
GO
DROP TABLE dbo.t
---
!41333.16.1 The following transactions must access memory optimized tables and natively compiled modules under snapshot isolation: RepeatableRead transactions, Serializable transactions, and transactions that access tables that are not memory optimized in RepeatableRead or Serializable isolation.
70 | 0 | NULL
30 | 1
0
