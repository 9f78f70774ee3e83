=== typed literals
SELECT 1 AS a, 2147483648 AS b, 1.50 AS c, 1e0 AS d, 'x' AS e, N'xy' AS f, 0x0102 AS g, NULL AS h
---
@a:int not null | b:numeric(10,0) not null | c:numeric(3,2) not null | d:float not null | e:varchar(1) not null | f:nvarchar(2) not null | g:varbinary(2) not null | h:int
1 | 2147483648 | 1.50 | 1.0 | x | xy | 0x0102 | NULL
=== typed decimal arithmetic
SELECT CAST(1 AS decimal(9,2)) / CAST(3 AS decimal(9,4)) AS a, CAST(1 AS decimal(10,2)) * CAST(3 AS decimal(5,1)) AS b, 1.0/3 AS c, CAST(10 AS decimal(38,10)) * CAST(3 AS decimal(38,10)) AS d
---
@a:decimal(23,12) | b:decimal(16,3) | c:numeric(7,6) | d:decimal(38,6)
0.333333333333 | 3.000 | 0.333333 | 30.000000
=== signs reach for the multiplicative chain
SELECT 100 / -10 / 2, 8 / - 2 * 4, 100 / - 20 % 7, - 6 + 2, - 6 & 3, 100 / (-10) / 2, ~ 2 * 3, ~ - 2 * 3
---
-20 | -1 | -16 | -4 | 2 | -5 | -9 | 5
=== shifts
SELECT 1 << 31, 256 >> 4, (-2) << 3, CAST(200 AS tinyint) << 1, 1 << 32, 8 << -2
---
-2147483648 | 16 | -16 | 144 | 0 | 2
=== division by zero
SELECT 1 / 0
---
!8134.16.1 Divide by zero error encountered.
=== overflow of int
SELECT 2147483647 + 1
---
!8115.16.2 Arithmetic overflow error converting expression to data type int.
=== bit pairs
SELECT CAST(1 AS bit) + CAST(1 AS bit)
---
!402.16.1 The data types bit and bit are incompatible in the add operator.
=== bit pairs multiplied
SELECT CAST(1 AS bit) * CAST(1 AS bit)
---
!8117.16.1 Operand data type bit is invalid for multiply operator.
=== binary meets integer
SELECT 1 + 0x01, CAST(5 AS bigint) / 0x02, 255 & 0x01, 0x01 + 0x02
---
2 | 2 | 1 | 0x0102
=== binaries do not subtract
SELECT 0x01 - 0x01
---
!402.16.1 The data types varbinary and varbinary are incompatible in the subtract operator.
=== binaries do not multiply
SELECT 0x01 * 0x01
---
!8117.16.1 Operand data type varbinary is invalid for multiply operator.
=== text that is no number
SELECT 1 + 'abc'
---
!245.16.1 Conversion failed when converting the varchar value 'abc' to data type int.
=== decimal text is no int
SELECT 1 + '5.5'
---
!245.16.1 Conversion failed when converting the varchar value '5.5' to data type int.
=== empty text is zero
SELECT 1 + '', CAST(' 12 ' AS int)
---
1 | 12
=== type clash
SELECT CAST('2024-01-01' AS date) + 1
---
!206.16.2 Operand type clash: date is incompatible with int
=== datetime arithmetic
SELECT CAST('2024-01-01' AS datetime) - 1.5
---
2023-12-30 12:00:00.000
=== narrow varchar
SELECT CAST('hello world' AS varchar(5)), CAST(12345 AS varchar(3)), CAST('a' AS varbinary(4)), CAST(N'a' AS varbinary(4)), CAST(0x414243 AS varchar(10))
---
hello | * | 0x61 | 0x6100 | ABC
=== narrow nvarchar of an int
SELECT CAST(12345 AS nvarchar(3))
---
!8115.16.2 Arithmetic overflow error converting expression to data type nvarchar.
=== narrow varchar of a decimal
SELECT CAST(123.45 AS varchar(3))
---
!8115.16.5 Arithmetic overflow error converting numeric to data type varchar.
=== money text
SELECT CONVERT(varchar(20), CAST(1234567.891 AS money), 0), CONVERT(varchar(20), CAST(1234567.891 AS money), 1), CONVERT(varchar(20), CAST(1234567.891 AS money), 2)
---
1234567.89 | 1,234,567.89 | 1234567.8910
=== float text
SELECT CAST(1234567.0e0 AS varchar(30)), CAST(0.1e0 AS varchar(30)), CONVERT(varchar(30), 0.1e0, 3), CONVERT(varchar(30), 1e0/3, 2), CAST(CAST(0.1 AS real) AS varchar(30)), CONVERT(varchar(40), CAST(0.1 AS real), 3)
---
1.23457e+006 | 0.1 | 1.0000000000000001e-001 | 3.333333333333333e-001 | 0.1 | 1.0000000149011612e-001
=== binary text
SELECT CONVERT(varchar(20), 0x0A0B, 1), CONVERT(varchar(20), 0x0A0B, 2), CONVERT(varbinary(4), '0x0A0B', 1), CONVERT(varbinary(4), '0A0B', 2)
---
0x0A0B | 0A0B | 0x0A0B | 0x0A0B
=== bad hex
SELECT CONVERT(varbinary(4), 'xyz', 1)
---
!8114.16.5 Error converting data type varchar to varbinary.
=== try_cast
SELECT TRY_CAST('abc' AS int), TRY_CAST('12' AS int), TRY_CONVERT(date, 'nope'), TRY_CAST('300' AS tinyint)
---
NULL | 12 | NULL | NULL
=== explicit conversion refused
SELECT CAST(CAST('2024-01-01' AS date) AS int)
---
!529.16.2 Explicit conversion from data type date to int is not allowed.
=== tinyint overflow
SELECT CAST(300 AS tinyint)
---
!220.16.2 Arithmetic overflow error for data type tinyint, value = 300.
=== tinyint overflow of text
SELECT CAST('300' AS tinyint)
---
!244.16.1 The conversion of the varchar value '300' overflowed an INT1 column. Use a larger integer column.
=== int overflow of text
SELECT CAST('99999999999' AS int)
---
!248.16.1 The conversion of the varchar value '99999999999' overflowed an int column.
=== guid text
SELECT CAST('nope' AS uniqueidentifier)
---
!8169.16.2 Conversion failed when converting from a character string to uniqueidentifier.
=== date text
SELECT CAST('nope' AS date)
---
!241.16.1 Conversion failed when converting date and/or time from character string.
=== dates
SELECT CONVERT(varchar(30), CAST('2024-05-06T07:08:09.123' AS datetime2(3)), 121), CONVERT(varchar(30), CAST('2024-05-06T07:08:09.123' AS datetime2(3)), 126), CONVERT(varchar(30), CAST('20240506 07:08:09' AS datetime), 100), CONVERT(varchar(10), CAST('2024-05-06' AS date), 103), DATEDIFF(year, '2023-12-31', '2024-01-01'), DATEPART(year, 0), EOMONTH('2024-02-10'), DATENAME(month, '2024-02-10')
---
2024-05-06 07:08:09.123 | 2024-05-06T07:08:09.123 | May  6 2024  7:08AM | 06/05/2024 | 1 | 1900 | 2024-02-29 | February
=== strings
SELECT LEN('ab  '), DATALENGTH('ab  '), DATALENGTH(N'ab'), REPLACE('aXbx', 'x', '-'), STUFF('abcdef', 2, 3, 'ZZ'), CHARINDEX('c', 'abcabc', 4), REPLICATE('ab', 3), QUOTENAME('a]b'), REVERSE('abc'), CONCAT('a', NULL, 1), CONCAT_WS(',', 'a', NULL, 'b'), LTRIM('  a '), RTRIM(' a  ') + '|', TRIM('  a '), TRANSLATE('2*[3+4]', '[]', '()'), SUBSTRING('hello', 2, 3), LEFT('abc', 2), RIGHT('abc', 2), UPPER('abc'), PATINDEX('%b%', 'abc'), SPACE(2) + '|', ASCII('A'), CHAR(66), UNICODE(N'A'), NCHAR(66), STR(1.5, 6, 2)
---
2 | 4 | 4 | a-b- | aZZef | 6 | ababab | [a]]b] | cba | a1 | a,b | a  |  a| | a | 2*(3+4) | ell | ab | bc | ABC | 2 |   | | 65 | B | 65 | B |   1.50
=== math
SELECT ABS(-5), ROUND(2.567, 2), ROUND(125, -1), ROUND(2.567, 1, 1), FLOOR(-1.5), CEILING(1.2), POWER(2, 10), SQRT(16), SIGN(-3.5), SQUARE(3), PI(), LOG(EXP(1)), ATN2(1, 1)
---
5 | 2.570 | 130 | 2.500 | -2 | 2 | 1024 | 4.0 | -1.0 | 9.0 | 3.141592653589793 | 1.0 | 0.7853981633974483
=== invalid floating point operation
SELECT SQRT(-1)
---
!3623.16.1 An invalid floating point operation occurred.
=== argument count
SELECT LEN()
---
!174.15.1 The len function requires 1 argument(s).
=== unknown function
SELECT NOSUCH(1)
---
!195.15.10 'NOSUCH' is not a recognized built-in function name.
=== case needs a value
SELECT CASE WHEN 1 = 1 THEN NULL ELSE NULL END
---
!8133.16.1 At least one of the result expressions in a CASE specification must be an expression other than the NULL constant.
=== typed case and coalesce
SELECT CASE WHEN 1 = 0 THEN 'a' ELSE NULL END AS a, COALESCE(NULL, 1, 2.5) AS b, IIF(1 = 1, 1, NULL) AS c, ISNULL(CAST(NULL AS varchar(3)), 'abcdef') AS d, NULLIF(1, 1) AS e, CHOOSE(2, 'a', 'bc') AS f
---
@a:varchar(1) | b:numeric(2,1) | c:int | d:varchar(3) not null | e:int | f:varchar(2)
NULL | 1.0 | 1 | abc | NULL | bc
=== three-valued logic
SELECT CASE WHEN NULL = NULL THEN 1 ELSE 0 END, CASE WHEN 1 IN (2, NULL) THEN 1 ELSE 0 END, CASE WHEN NOT (1 IN (2, NULL)) THEN 1 ELSE 0 END, CASE WHEN NULL IS NOT DISTINCT FROM NULL THEN 1 ELSE 0 END, CASE WHEN 1 IS DISTINCT FROM NULL THEN 1 ELSE 0 END
---
0 | 0 | 0 | 1 | 1
=== case-insensitive comparison, trailing spaces
SELECT CASE WHEN 'abc' = 'ABC  ' THEN 1 ELSE 0 END, CASE WHEN 'abc' COLLATE Latin1_General_BIN2 = 'ABC' THEN 1 ELSE 0 END, CASE WHEN 'abc' LIKE 'A%' THEN 1 ELSE 0 END, CASE WHEN 'abc ' LIKE 'abc' THEN 1 ELSE 0 END
---
1 | 0 | 1 | 1
=== like
SELECT CASE WHEN 'a_c' LIKE 'a[_]c' THEN 1 ELSE 0 END, CASE WHEN 'abc' LIKE 'a!_c' ESCAPE '!' THEN 1 ELSE 0 END, CASE WHEN 'b' LIKE '[^a]' THEN 1 ELSE 0 END
---
1 | 0 | 1
=== collate of a number
SELECT 1 COLLATE Latin1_General_BIN2
---
!447.16.1 Expression type int is invalid for COLLATE clause.
=== unknown collation
SELECT 'a' COLLATE nosuch
---
!448.16.1 Invalid collation 'nosuch'.
=== hashes
SELECT HASHBYTES('SHA2_256', 'abc')
---
0xBA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD
=== undeclared variable
SELECT @nosuch
---
!137.15.2 Must declare the scalar variable "@nosuch".
=== null comparisons fold
SELECT 1 WHERE NULL > 1 / 0
---
=== geometry
DECLARE @g geometry = geometry::Point(1.5, -2, 0);
SELECT @g.STX, @g.STY, @g.STSrid, @g.STAsText(), @g.ToString(), @g.STIsValid(), @g.STDistance(geometry::Point(4.5, 2, 0)), @g.Z, @g.STGeometryType()
---
1.5 | -2.0 | 0 | POINT (1.5 -2) | POINT (1.5 -2) | 1 | 5.0 | NULL | Point
=== geometry of a column
CREATE TABLE dbo.places (Id int, Place geometry NULL);
INSERT INTO dbo.places VALUES (1, geometry::STGeomFromText('POINT (3 4)', 0)), (2, NULL);
SELECT p.Place.STX, Place.STY, p.Place.STAsText() FROM dbo.places AS p ORDER BY p.Id;
SELECT p.Place.stx FROM dbo.places AS p;
---
3.0 | 4.0 | POINT (3 4)
NULL | NULL | NULL
!6592.16.1 Could not find property or field 'stx' for type 'Microsoft.SqlServer.Types.SqlGeometry' in assembly 'Microsoft.SqlServer.Types'.
=== geometry's null arguments
SELECT geometry::Point(NULL, 1, 0)
---
!6569.16.1 'geometry::Point' failed because parameter 1 is not allowed to be null.
=== methods of a number
DECLARE @i int = 1; SELECT @i.STX
---
!258.15.1 Cannot call methods on int.
=== greatest and least
SELECT GREATEST(1, 5, 3), LEAST(2, NULL, 7), GREATEST('a', 'B')
---
5 | 2 | B
