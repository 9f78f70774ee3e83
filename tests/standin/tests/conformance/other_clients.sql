=== a variant becomes a text of any length
SELECT CAST(CAST(N'x' AS sql_variant) AS nvarchar(max)) AS a, CAST(CAST(5 AS sql_variant) AS varchar(max)) AS b
---
x | 5
=== tables of the other clients
CREATE TABLE dbo.OthA (id int NOT NULL CONSTRAINT PK_OthA PRIMARY KEY, name varchar(5) NULL, extra int NULL)
CREATE TABLE dbo.OthB (id int NOT NULL, name varchar(5) NULL, other int NULL)
INSERT dbo.OthA VALUES (2, 'b', 1), (1, 'a', 2)
INSERT dbo.OthB VALUES (4, 'd', 0), (3, 'c', 0)
---
=== ORDER BY of a set operation knows the sources of its first query
SELECT a.id, a.name FROM dbo.OthA AS a UNION SELECT b.id, b.name FROM dbo.OthB AS b ORDER BY a.name DESC
SELECT a.extra AS id, a.id AS other FROM dbo.OthA AS a UNION ALL SELECT b.other, b.id FROM dbo.OthB AS b ORDER BY a.id
SELECT id AS Col1 FROM dbo.OthA UNION SELECT id FROM dbo.OthB ORDER BY id DESC
---
4 | d
3 | c
2 | b
1 | a
2 | 1
1 | 2
0 | 3
0 | 4
4
3
2
1
=== and only those that it selects
SELECT a.id FROM dbo.OthA AS a UNION SELECT id FROM dbo.OthB ORDER BY a.name
GO
SELECT a.id FROM dbo.OthA AS a UNION SELECT id FROM dbo.OthB ORDER BY id + 1
GO
SELECT a.id FROM dbo.OthA AS a UNION SELECT other FROM dbo.OthB ORDER BY other
GO
SELECT a.id FROM dbo.OthA AS a UNION SELECT b.id FROM dbo.OthB AS b ORDER BY b.id
GO
SELECT a.id FROM dbo.OthA AS a UNION SELECT b.id FROM dbo.OthB AS b ORDER BY 'x'
---
!104.16.1 ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.
!104.16.1 ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.
!207.16.1 Invalid column name 'other'.
!4104.16.1 The multi-part identifier "b.id" could not be bound.
!408.16.1 A constant expression was encountered in the ORDER BY list, position 1.
=== a missing database is a missing object
SELECT * FROM NoSuchDb.dbo.t
GO
INSERT NoSuchDb..t VALUES (1)
---
!208.16.1 Invalid object name 'NoSuchDb.dbo.t'.
!208.16.1 Invalid object name 'NoSuchDb..t'.
=== WAITFOR quotes its text
WAITFOR DELAY 'not a time'
---
!148.15.1 Incorrect time syntax in time string 'not a time' used with WAITFOR.
=== without ANSI_WARNINGS a long text is cut off silently
SET ANSI_WARNINGS OFF
INSERT dbo.OthB VALUES (5, 'too long', 0)
UPDATE dbo.OthB SET name = 'changed' WHERE id = 3
SELECT name FROM dbo.OthB WHERE id IN (3, 5) ORDER BY id
SET ANSI_WARNINGS ON
---
chang
too l
=== a vector is not comparable
DECLARE @v vector(2) = '[1,2]'
SELECT DISTINCT x FROM (SELECT @v AS x) AS t
---
!421.16.1 The vector data type cannot be selected as DISTINCT because it is not comparable.
=== typed the vector functions of NULL
SELECT VECTOR_NORM(NULL, 'norm2') AS n, VECTOR_DISTANCE('dot', NULL, NULL) AS d
GO
SELECT VECTORPROPERTY(NULL, 'Dimensions')
---
@n:float | d:float
NULL | NULL
!8116.16.36 Argument data type varbinary is invalid for argument 1 of vectorproperty function.
=== aggregates by approximation count values once
SELECT APPROX_COUNT_DISTINCT(x) AS n FROM (VALUES (1), (2), (2)) AS t(x)
---
2
=== what is not executed is refused by name
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) OVER () FROM (VALUES (1)) AS t(x)
GO
SELECT CHECKSUM_AGG(x) FROM (VALUES (1)) AS t(x)
---
!50000.16.1 hartonomous-standin does not implement PERCENTILE_CONT.
!50000.16.1 hartonomous-standin does not implement the function CHECKSUM_AGG.
=== a variable of a table type
CREATE TYPE dbo.OthRow AS TABLE (a int NOT NULL PRIMARY KEY, b nvarchar(10) NULL DEFAULT N'none')
GO
DECLARE @rows dbo.OthRow, @n int = 2
INSERT @rows (a) VALUES (1), (@n)
SELECT a, b FROM @rows ORDER BY a
GO
DECLARE @rows OthRow
SELECT COUNT(*) FROM @rows
DROP TYPE dbo.OthRow
---
1 | none
2 | none
0
=== sp_datatype_info_100
EXEC sp_datatype_info_100 @data_type = 4, @ODBCVer = 3
EXEC sp_datatype_info_100 93, 3
---
int | 4 | 10 | NULL | NULL | NULL | 1 | 0 | 2 | 0 | 0 | 0 | int | 0 | 0 | 4 | NULL | 10 | NULL | 7
int identity | 4 | 10 | NULL | NULL | NULL | 0 | 0 | 2 | 0 | 0 | 1 | int identity | 0 | 0 | 4 | NULL | 10 | NULL | 7
datetime2 | 93 | 27 | ' | ' | scale | 1 | 0 | 3 | NULL | 0 | NULL | datetime2 | 0 | 7 | 9 | 3 | NULL | NULL | 0
datetime | 93 | 23 | ' | ' | NULL | 1 | 0 | 3 | NULL | 0 | NULL | datetime | 3 | 3 | 9 | 3 | NULL | NULL | 12
smalldatetime | 93 | 16 | ' | ' | NULL | 1 | 0 | 3 | NULL | 0 | NULL | smalldatetime | 0 | 0 | 9 | 3 | NULL | NULL | 22
=== sp_sproc_columns_100
CREATE PROCEDURE dbo.OthProc @a int, @b nvarchar(20) OUTPUT AS SET @b = N'x'
GO
EXEC sp_sproc_columns_100 N'OthProc', N'dbo', @ODBCVer = 3
---
Hartonomous | dbo | OthProc;1 | @RETURN_VALUE | 5 | 4 | int | 10 | 4 | 0 | 10 | 0 | NULL | NULL | 4 | NULL | NULL | 0 | NO | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 56
Hartonomous | dbo | OthProc;1 | @a | 1 | 4 | int | 10 | 4 | 0 | 10 | 1 | NULL | NULL | 4 | NULL | NULL | 1 | YES | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 38
Hartonomous | dbo | OthProc;1 | @b | 2 | -9 | nvarchar | 20 | 40 | NULL | NULL | 1 | NULL | NULL | -9 | NULL | 40 | 2 | YES | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 39
=== TRIM of other characters, from one side or both
SELECT TRIM('x' FROM 'xax') AS a, TRIM(LEADING 'x' FROM 'xax') AS b, TRIM(TRAILING 'xy' FROM 'xaxy') AS c, TRIM(BOTH 'x' FROM 'xax') AS d
SELECT TRIM(leading) AS a, TRIM(leading FROM 'xax') AS b FROM (SELECT 'x' AS leading) AS t
---
a | ax | xa | a
x | a
=== a function of the server is never unknown
SELECT CRYPT_GEN_RANDOM(4)
GO
SELECT COLLATIONPROPERTY('Latin1_General_CI_AS', 'CodePage')
---
!50000.16.1 hartonomous-standin does not implement the function CRYPT_GEN_RANDOM.
!50000.16.1 hartonomous-standin does not implement the function COLLATIONPROPERTY.
=== typed SQL_VARIANT_PROPERTY
SELECT SQL_VARIANT_PROPERTY(1.50, 'BaseType') AS a, SQL_VARIANT_PROPERTY(1.50, 'Precision') AS b, SQL_VARIANT_PROPERTY(1.50, 'scale ') AS c,
    SQL_VARIANT_PROPERTY(CAST('x' AS nvarchar(20)), 'MaxLength') AS d, SQL_VARIANT_PROPERTY(CAST(5 AS sql_variant), 'BaseType') AS e,
    SQL_VARIANT_PROPERTY(NULL, 'BaseType') AS f, SQL_VARIANT_PROPERTY(1, 'nope') AS g
GO
DECLARE @v vector(2) = '[1,2]'
SELECT SQL_VARIANT_PROPERTY(@v, 'BaseType')
---
@a:sql_variant | b:sql_variant | c:sql_variant | d:sql_variant | e:sql_variant | f:sql_variant | g:sql_variant
numeric | 3 | 2 | 40 | int | NULL | NULL
!8116.16.6 Argument data type vector is invalid for argument 1 of sql_variant_property function.
=== a substitution of another type
RAISERROR('%s is %d', 16, 1, 'a', 'b')
---
!2786.16.1 The data type of substitution parameter 2 does not match the expected type of the format specification.
=== a default stands in the way of another type
CREATE TABLE dbo.OthD (a int NOT NULL CONSTRAINT DF_OthD DEFAULT 1, b varchar(5) NULL CONSTRAINT DF_OthDb DEFAULT 'x')
ALTER TABLE dbo.OthD ALTER COLUMN b varchar(3)
ALTER TABLE dbo.OthD ALTER COLUMN a bigint NOT NULL
---
!5074.16.1 The object 'DF_OthD' is dependent on column 'a'.
!4922.16.9 ALTER TABLE ALTER COLUMN a failed because one or more objects access this column.
=== a table variable has no schema
DECLARE @t TABLE (a int)
DECLARE @u TABLE (a int NOT NULL)
INSERT @u VALUES (NULL)
---
!515.16.2 Cannot insert the value NULL into column 'a', table '@u'; column does not allow nulls. INSERT fails.
~3621 The statement has been terminated.
=== nor is a global name or an old table
SELECT @@FETCH_STATUS
GO
SELECT * FROM sysobjects
GO
SELECT name FROM dbo.sysindexes
---
!50000.16.1 hartonomous-standin does not implement @@FETCH_STATUS.
!50000.16.1 hartonomous-standin does not implement the view sys.sysobjects.
!50000.16.1 hartonomous-standin does not implement the view sys.sysindexes.
=== typed sequences of INFORMATION_SCHEMA
SELECT SEQUENCE_SCHEMA, SEQUENCE_NAME FROM INFORMATION_SCHEMA.SEQUENCES WHERE SEQUENCE_SCHEMA = N'dbo'
---
@SEQUENCE_SCHEMA:nvarchar(128) not null | SEQUENCE_NAME:nvarchar(128) not null
=== collations that differ
SELECT 'a' COLLATE Latin1_General_BIN2 UNION SELECT 'b' COLLATE SQL_Latin1_General_CP1_CI_AS
---
!468.16.9 Cannot resolve the collation conflict between "SQL_Latin1_General_CP1_CI_AS" and "Latin1_General_BIN2" in the UNION operation.
=== typed a variable without a length has one of 1
DECLARE @x varchar = 'abc', @n nvarchar = N'abc', @b varbinary = 0x0102, @c char = 'xyz', @d decimal = 5.6
SELECT @x AS x, @n AS n, @b AS b, @c AS c, @d AS d
EXEC sp_executesql N'SELECT @p AS p', N'@p varchar', 'abc'
SELECT CAST('abc' AS varchar) AS v
---
@x:varchar(1) | n:nvarchar(1) | b:varbinary(1) | c:char(1) | d:decimal(18,0)
a | a | 0x01 | x | 6
@p:varchar(1)
a
@v:varchar(30)
abc
=== a variable of an unknown type
DECLARE @y int, @x dbo.foo
GO
EXEC sp_executesql N'SELECT 1', N'@x foo', 1
GO
CREATE PROCEDURE dbo.OthBad @a foo AS SELECT 1
GO
DECLARE @d decimal(40, 2)
---
!2715.16.3 Column, parameter, or variable #2: Cannot find data type dbo.foo.
~2724 Parameter or variable '@x' has an invalid data type.
!2715.16.3 Column, parameter, or variable #1: Cannot find data type foo.
~2724 Parameter or variable '@x' has an invalid data type.
!2715.16.3 Column, parameter, or variable #1: Cannot find data type foo.
~2724 Parameter or variable '@a' has an invalid data type.
!2750.16.1 Column or parameter #1: Specified column precision 40 is greater than the maximum precision of 38.
=== a change through a query is refused by name
WITH c AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY name ORDER BY id) AS rn FROM dbo.OthA) DELETE FROM c WHERE rn > 1
GO
UPDATE t SET name = 'x' FROM (SELECT * FROM dbo.OthA) AS t
GO
WITH c AS (SELECT 1 AS id) UPDATE x SET name = 'x' FROM c AS x
GO
WITH c AS (SELECT 1 AS id) UPDATE a SET name = 'z' FROM dbo.OthA AS a JOIN c ON c.id = a.id
SELECT name FROM dbo.OthA WHERE id = 1
---
!50000.16.1 hartonomous-standin does not implement a data change through a common table or a derived table.
!50000.16.1 hartonomous-standin does not implement a data change through a common table or a derived table.
!50000.16.1 hartonomous-standin does not implement a data change through a common table or a derived table.
z
=== typed POWER of a decimal has room
SELECT POWER(2.0, 10.0) AS p, POWER(2, 0.5) AS i
---
@p:numeric(38,1) | i:int
1024.0 | 1
