=== words that are not reserved
SELECT 1 AS precision, 2 AS within, 3 load, 4 AS [stoplist]
SELECT d.precision FROM (SELECT 5 AS precision) AS d
---
1 | 2 | 3 | 4
5
=== a word that is reserved
SELECT 1 AS stoplist
---
!156.15.1 Incorrect syntax near the keyword 'stoplist'.
=== typed text survives its cast
SELECT CAST('abc' AS text) AS a, CAST(N'abc' AS ntext) AS b
---
@a:text | b:ntext
abc | abc
=== typed what may be NULL
SELECT CAST(1 AS int) AS a, @@SPID - @@SPID AS b, @@ROWCOUNT AS c, @@IDENTITY AS d, LEN('a') AS e, PI() AS f, FLOOR(1) AS g
---
@a:int | b:smallint | c:int not null | d:numeric(38,0) | e:int | f:float not null | g:int not null
1 | 0 | 1 | NULL | 1 | 3.141592653589793 | 1
=== tables of the clients
CREATE TABLE dbo.CliParent (Id int NOT NULL CONSTRAINT PK_CliParent PRIMARY KEY, Code char(3) NOT NULL CONSTRAINT UQ_CliParent_Code UNIQUE)
CREATE TABLE dbo.Cli (Id bigint IDENTITY NOT NULL CONSTRAINT PK_Cli PRIMARY KEY, Name nvarchar(50) NULL, Amount decimal(10, 2) NOT NULL DEFAULT 0,
    At datetime2(3) NULL, ParentId int NULL CONSTRAINT FK_Cli_Parent REFERENCES dbo.CliParent (Id) ON DELETE CASCADE, V vector(3) NULL, R rowversion,
    CONSTRAINT CK_Cli_Amount CHECK (Amount >= 0))
CREATE INDEX IX_Cli_Name ON dbo.Cli (Name DESC, Amount) INCLUDE (At)
---
=== rowversion is not null unless it says so
SELECT is_nullable FROM sys.columns WHERE object_id = OBJECT_ID('dbo.Cli') AND name = 'R'
---
0
=== sp_columns_100 lists no vector
EXEC sp_columns_100 N'Cli', N'dbo'
---
Hartonomous | dbo | Cli | Id | -5 | bigint identity | 19 | 8 | 0 | 10 | 0 | NULL | NULL | -5 | NULL | NULL | 1 | NO | 0 | 0 | 0 | 1 | NULL | NULL | NULL | NULL | NULL | NULL | 63
Hartonomous | dbo | Cli | Name | -9 | nvarchar | 50 | 100 | NULL | NULL | 1 | NULL | NULL | -9 | NULL | 100 | 2 | YES | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 39
Hartonomous | dbo | Cli | Amount | 3 | decimal | 10 | 12 | 2 | 10 | 0 | NULL | ((0)) | 3 | NULL | NULL | 3 | NO | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 55
Hartonomous | dbo | Cli | At | 11 | datetime2 | 23 | 16 | 3 | NULL | 1 | NULL | NULL | 9 | 3 | NULL | 4 | YES | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 0
Hartonomous | dbo | Cli | ParentId | 4 | int | 10 | 4 | 0 | 10 | 1 | NULL | NULL | 4 | NULL | NULL | 5 | YES | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 38
Hartonomous | dbo | Cli | R | -2 | timestamp | 8 | 8 | NULL | NULL | 0 | NULL | NULL | -2 | NULL | NULL | 7 | NO | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 45
=== sp_columns tells of older types
EXEC sp_columns N'Cli', @column_name = N'At'
---
Hartonomous | dbo | Cli | At | -9 | datetime2 | 23 | 46 | NULL | NULL | 1 | NULL | NULL | -9 | NULL | NULL | 4 | YES | 0
=== sp_statistics begins with the table
EXEC sp_statistics N'Cli'
---
Hartonomous | dbo | Cli | NULL | NULL | NULL | 0 | NULL | NULL | NULL | 0 | 0 | NULL
Hartonomous | dbo | Cli | 0 | Cli | PK_Cli | 1 | 1 | Id | A | 0 | 0 | NULL
Hartonomous | dbo | Cli | 1 | Cli | IX_Cli_Name | 3 | 1 | Name | D | NULL | NULL | NULL
Hartonomous | dbo | Cli | 1 | Cli | IX_Cli_Name | 3 | 2 | Amount | A | NULL | NULL | NULL
=== sp_special_columns
EXEC sp_special_columns N'Cli'
EXEC sp_special_columns N'Cli', @col_type = 'V'
---
1 | Id | -5 | bigint identity | 19 | 8 | 0 | 1
NULL | R | -2 | timestamp | 8 | 8 | NULL | 1
=== sp_tablecollations_100
EXEC ..sp_tablecollations_100 N'.[CliParent]'
---
1 | Id | NULL | NULL
2 | Code | 0x0904D00034 | SQL_Latin1_General_CP1_CI_AS
=== typed FMTONLY gives columns and no rows
SET FMTONLY ON
SELECT Id, Name FROM dbo.Cli
INSERT dbo.CliParent VALUES (1, 'abc')
SET FMTONLY OFF
SELECT COUNT(*) AS n FROM dbo.CliParent
---
@Id:bigint not null | Name:nvarchar(50)
@n:int
0
=== the first result of a text
SELECT column_ordinal, name, is_nullable, system_type_name, max_length, precision, scale, is_identity_column, is_updateable, is_computed_column
FROM sys.dm_exec_describe_first_result_set(N'DECLARE @x int = 1; SELECT Id, Name, Amount, @p AS p FROM dbo.Cli WHERE Id = @x', N'@p date', 0)
---
1 | Id | 0 | bigint | 8 | 19 | 0 | 1 | 0 | 0
2 | Name | 1 | nvarchar(50) | 100 | 0 | 0 | 0 | 1 | 0
3 | Amount | 0 | decimal(10,2) | 9 | 10 | 2 | 0 | 1 | 0
4 | p | 1 | date | 3 | 10 | 0 | 0 | 0 | 1
=== the first result of a text that is wrong
SELECT column_ordinal, error_number, error_severity, error_type_desc FROM sys.dm_exec_describe_first_result_set(N'SELECT missing FROM dbo.Cli', NULL, 0)
SELECT error_number, error_type_desc FROM sys.dm_exec_describe_first_result_set(N'SELECT * FROM dbo.missing', NULL, 0) WHERE column_ordinal = 1
SELECT name FROM sys.dm_exec_describe_first_result_set(NULL, NULL, 0)
EXEC sp_describe_first_result_set N'SELECT missing FROM dbo.Cli'
---
0 | 207 | 16 | SYNTAX
1 | 11501 | 16 | SYNTAX
11529 | MISC
!207.16.1 Invalid column name 'missing'.
!11501.16.1 The batch could not be analyzed because of compile errors.
=== sp_describe_first_result_set has 39 columns
EXEC sp_describe_first_result_set N'SELECT Id, Name FROM dbo.Cli'
---
0 | 1 | Id | 0 | 127 | bigint | 8 | 19 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | 1 | NULL | 0 | 0 | 0 | NULL | NULL | NULL | 127 | 8 | NULL | NULL
0 | 2 | Name | 1 | 231 | nvarchar(50) | 100 | 0 | 0 | SQL_Latin1_General_CP1_CI_AS | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | 0 | NULL | 1 | 0 | 0 | NULL | NULL | NULL | 231 | 100 | 13632521 | 52
=== constraints in INFORMATION_SCHEMA
SELECT CONSTRAINT_NAME, UNIQUE_CONSTRAINT_SCHEMA, UNIQUE_CONSTRAINT_NAME, MATCH_OPTION, UPDATE_RULE, DELETE_RULE FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS
SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM INFORMATION_SCHEMA.CHECK_CONSTRAINTS
SELECT COLUMN_NAME, CONSTRAINT_NAME FROM INFORMATION_SCHEMA.CONSTRAINT_COLUMN_USAGE WHERE TABLE_NAME LIKE 'Cli%' ORDER BY 2
SELECT TABLE_NAME, CONSTRAINT_NAME FROM INFORMATION_SCHEMA.CONSTRAINT_TABLE_USAGE WHERE TABLE_NAME = 'CliParent' ORDER BY 2
---
FK_Cli_Parent | dbo | PK_CliParent | SIMPLE | NO ACTION | CASCADE
CK_Cli_Amount | ([Amount]>=(0))
Amount | CK_Cli_Amount
ParentId | FK_Cli_Parent
Id | PK_Cli
Id | PK_CliParent
Code | UQ_CliParent_Code
CliParent | PK_CliParent
CliParent | UQ_CliParent_Code
=== parameters and views in INFORMATION_SCHEMA
CREATE FUNCTION dbo.CliTwice (@a decimal(10, 2)) RETURNS varchar(20) AS BEGIN RETURN CAST(@a * 2 AS varchar(20)) END
GO
CREATE PROCEDURE dbo.CliSet @Id int, @Name nvarchar(max) OUTPUT AS SET @Name = N'x'
GO
CREATE VIEW dbo.CliView AS SELECT p.Id FROM dbo.CliParent AS p
GO
SELECT SPECIFIC_NAME, ORDINAL_POSITION, PARAMETER_MODE, IS_RESULT, PARAMETER_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE
FROM INFORMATION_SCHEMA.PARAMETERS WHERE SPECIFIC_NAME LIKE 'Cli%' ORDER BY 1, 2
SELECT VIEW_NAME, TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.VIEW_TABLE_USAGE
---
CliSet | 1 | IN | NO | @Id | int | NULL | 10 | 0
CliSet | 2 | INOUT | NO | @Name | nvarchar | -1 | NULL | NULL
CliTwice | 0 | OUT | YES |  | varchar | 20 | NULL | NULL
CliTwice | 1 | IN | NO | @a | decimal | NULL | 10 | 2
CliView | dbo | CliParent
=== privileges in INFORMATION_SCHEMA
CREATE USER CliReader WITHOUT LOGIN
GRANT SELECT ON dbo.CliParent TO CliReader
SELECT GRANTOR, GRANTEE, TABLE_NAME, PRIVILEGE_TYPE, IS_GRANTABLE FROM INFORMATION_SCHEMA.TABLE_PRIVILEGES
SELECT COLUMN_NAME, PRIVILEGE_TYPE FROM INFORMATION_SCHEMA.COLUMN_PRIVILEGES
SELECT COUNT(*) FROM INFORMATION_SCHEMA.DOMAINS
---
dbo | CliReader | CliParent | SELECT | NO
Id | SELECT
Code | SELECT
0
=== SET LANGUAGE says so
SET LANGUAGE us_english
---
~5703 Changed language setting to us_english.
=== a warning has its statement's line
SELECT SUM(v.a) FROM (VALUES (1), (NULL)) AS v(a)
---
1
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== what SET refuses
SET NOCOUNT maybe
GO
SET LOCK_TIMEOUT 'a'
GO
SET DATEFIRST 'a' SELECT 1
GO
SET DATEFIRST 8 SELECT 2
GO
SET DATEFORMAT 5 SELECT 3
GO
SET DATEFORMAT xyz
GO
SET DEADLOCK_PRIORITY medium SELECT 4
GO
SET DEADLOCK_PRIORITY 11
GO
DECLARE @n varchar(5) = '5' SET ROWCOUNT @n
---
!102.15.4 Incorrect syntax near 'nocount'.
!102.15.3 Incorrect syntax near 'LOCK_TIMEOUT'.
!2743.16.3 SET DATEFIRST statement requires integer parameter.
1
!2742.16.1 SET DATEFIRST 8 is out of range.
2
!2743.16.2 SET DATEFORMAT statement requires character string parameter.
3
!2741.16.1 SET DATEFORMAT date order 'xyz' is invalid.
!2755.16.1 SET DEADLOCK_PRIORITY option is invalid. Valid options are {HIGH | NORMAL | LOW | [-10 ... 10] of type integer}.
4
!2755.16.1 SET DEADLOCK_PRIORITY option is invalid. Valid options are {HIGH | NORMAL | LOW | [-10 ... 10] of type integer}.
!507.16.1 Invalid argument for SET ROWCOUNT. Must be a non-null non-negative integer.
=== what SET takes and forgets
SET OFFSETS SELECT, FROM ON
SET FIPS_FLAGGER OFF
SET QUERY_GOVERNOR_COST_LIMIT 0
DECLARE @p varchar(6) = 'LOW'
SET DEADLOCK_PRIORITY @p
SELECT deadlock_priority FROM sys.dm_exec_sessions WHERE session_id = @@SPID
SET DEADLOCK_PRIORITY NORMAL
---
-5
=== either default of nullability turns the other off
SELECT @@OPTIONS
SET ANSI_NULL_DFLT_OFF ON
SELECT @@OPTIONS
CREATE TABLE dbo.CliNull (a int)
DECLARE @t TABLE (a int)
INSERT @t VALUES (NULL)
SET ANSI_NULL_DFLT_ON ON
SELECT @@OPTIONS
SELECT is_nullable FROM sys.columns WHERE object_id = OBJECT_ID('dbo.CliNull')
---
5432
6456
5432
0
=== SESSIONPROPERTY knows seven options
SELECT SESSIONPROPERTY('ANSI_NULLS'), SESSIONPROPERTY('ARITHABORT'), SESSIONPROPERTY('ARITHIGNORE'), SESSIONPROPERTY('XACT_ABORT')
SET CONTEXT_INFO 0x01
SELECT SUBSTRING(CONTEXT_INFO(), 1, 1)
---
1 | 0 | NULL | NULL
0x01
=== arithmetic without warnings
SET ANSI_WARNINGS OFF
SELECT 1 / 0
SET ARITHIGNORE ON
SELECT 1 / 0
SET ARITHIGNORE OFF
SET ARITHABORT ON
SELECT 1 / 0
SELECT 'not reached'
GO
SET ARITHABORT OFF
SET ANSI_WARNINGS ON
---
NULL
~3607 Division by zero occurred.
NULL
!8134.16.1 Divide by zero error encountered.
=== a batch that is only parsed
SELECT 1 SET PARSEONLY ON SELECT missing FROM dbo.missing
GO
SELECT 2
GO
SELECT FROM
GO
SET PARSEONLY OFF SELECT 3
---
!156.15.1 Incorrect syntax near the keyword 'FROM'.
3
=== TEXTSIZE cuts large values
SET TEXTSIZE 4
SELECT CAST('abcdefgh' AS varchar(max)), CAST(N'abcdefgh' AS nvarchar(max)), CAST('abcdefgh' AS varchar(20)), @@TEXTSIZE
SET TEXTSIZE -1
SELECT @@TEXTSIZE
---
abcd | ab | abcdefgh | 4
2147483647
=== an application lock is arbitrated by status, not by errors
DECLARE @a int, @b int, @c int, @d int
EXEC @a = sp_getapplock 'x', 'Exclusive'
EXEC @b = sp_getapplock 'x', 'sometimes', 'Session'
EXEC @c = sp_getapplock 'x', 'Shared', 'nobody'
EXEC @d = sp_getapplock @LockMode = 'Shared', @LockOwner = 'Session'
SELECT @a, @b, @c, @d
---
-999 | -999 | -999 | -999
=== what an application lock raises
EXEC sp_getapplock NULL, 'Shared', 'Session'
EXEC sp_releaseapplock NULL, 'Session'
EXEC sp_getapplock 'x', 'Shared', 'Session', -2
EXEC sp_getapplock 'x', 'Shared', 'Session', 0, 'nobody'
EXEC sp_releaseapplock 'x', 'Session'
EXEC sp_getapplock 'x'
---
!1224.16.5 An invalid application lock resource was passed to xp_userlock.
!1224.16.5 An invalid application lock resource was passed to xp_userlock.
!1227.16.2 An invalid application lock time-out was passed to xp_userlock.
!1202.16.1 The database-principal 'nobody' does not exist or user is not a member.
!1223.16.1 Cannot release the application lock (Database Principal: 'public', Resource: 'x') because it is not currently held.
!201.16.4 Procedure or function 'sp_getapplock' expects parameter '@LockMode', which was not supplied.
=== a principal is part of the lock
EXEC sp_getapplock 'x', 'Exclusive', 'Session', 0, 'dbo'
SELECT APPLOCK_MODE('dbo', 'x', 'Session'), APPLOCK_MODE('public', 'x', 'Session'), APPLOCK_MODE('dbo', 'X', 'Session'), APPLOCK_TEST('dbo', 'x', 'Shared', 'Session')
EXEC sp_releaseapplock 'x', 'Session', 'dbo'
SELECT APPLOCK_MODE('dbo', 'x', 'Session')
---
Exclusive | NoLock | NoLock | 1
NoLock
=== what the functions of application locks raise
SELECT APPLOCK_TEST('public', 'x', 'sometimes', 'Session')
GO
SELECT APPLOCK_MODE('public', 'x', 'nobody')
GO
SELECT APPLOCK_MODE('public', 'x', 'Transaction')
GO
SELECT APPLOCK_MODE('public', NULL, 'Session')
---
!1225.16.1 An invalid application lock mode was passed to applock_test.
!1226.16.1 An invalid application lock owner was passed to applock_mode.
!3918.16.1 The statement or function must be executed in the context of a user transaction.
!8116.16.1 Argument data type NULL is invalid for argument 2 of applock_mode function.
=== a block holds a statement
IF 1 = 0 BEGIN END
---
!102.15.1 Incorrect syntax near 'END'.
=== an argument of a text that does not convert
EXEC sp_executesql N'SELECT @p', N'@p int', @p = 'x'
SELECT 'on'
---
!8114.16.1 Error converting data type varchar to int.
on
=== temporary procedures are refused
CREATE PROCEDURE #CliTemp AS SELECT 1
---
!50000.16.1 hartonomous-standin does not implement temporary procedures.
=== a backup that is kept nowhere names data and log
BACKUP DATABASE Hartonomous TO DISK = 'NUL'
---
~4035 Processed 400 pages for database 'Hartonomous', file 'Hartonomous' on file 1.
~4035 Processed 2 pages for database 'Hartonomous', file 'Hartonomous_log' on file 1.
~3014 BACKUP DATABASE successfully processed 402 pages in 0.100 seconds (31.356 MB/sec).
