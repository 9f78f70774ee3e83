=== a table to turn
CREATE TABLE dbo.Sales (region varchar(10) NOT NULL, quarter int NOT NULL, product varchar(10) NULL, amount decimal(10, 2) NULL)
INSERT dbo.Sales VALUES ('North', 1, 'a', 10), ('North', 1, 'a', 5), ('North', 2, 'a', 7), ('South', 1, 'a', 3), ('South', 4, 'a', NULL)
---
=== typed PIVOT groups by what is left
SELECT * FROM (SELECT region, quarter, amount FROM dbo.Sales) AS s PIVOT (SUM(amount) FOR quarter IN ([1], [2], [4])) AS p ORDER BY region
---
@region:varchar(10) not null | 1:decimal(38,2) | 2:decimal(38,2) | 4:decimal(38,2)
North | 15.00 | 7.00 | NULL
South | 3.00 | NULL | NULL
=== a stray column splits the groups
SELECT region, product, [1] FROM dbo.Sales PIVOT (COUNT(amount) FOR quarter IN ([1], [3])) AS p ORDER BY region
---
North | a | 2
South | a | 1
=== the result is a table like any other
SELECT p.region, p.[2] + 1 AS n, t.x FROM (SELECT region, quarter, amount FROM dbo.Sales) AS s PIVOT (MAX(amount) FOR quarter IN ([1], [2])) AS p JOIN (VALUES ('North', 9)) AS t(r, x) ON t.r = p.region WHERE p.[1] > 1
---
North | 8.00 | 9
=== values are names of the column's type
SELECT * FROM (SELECT region, quarter, amount FROM dbo.Sales) AS s PIVOT (SUM(amount) FOR region IN (North, South)) AS p ORDER BY quarter
GO
SELECT * FROM (SELECT region, quarter, amount FROM dbo.Sales) AS s PIVOT (SUM(amount) FOR quarter IN ([x])) AS p
---
1 | 15.00 | 3.00
2 | 7.00 | NULL
4 | NULL | NULL
!8114.16.1 Error converting data type nvarchar to int.
!473.16.1 The incorrect value "x" is supplied in the PIVOT operator.
=== what PIVOT refuses
SELECT * FROM dbo.Sales PIVOT (COUNT(*) FOR quarter IN ([1])) AS p
GO
SELECT * FROM dbo.Sales PIVOT (SUM(amount) FOR quarter IN ('1')) AS p
GO
SELECT * FROM dbo.Sales PIVOT (SUM(amount) FOR quarter IN ([1]))
GO
SELECT * FROM dbo.Sales PIVOT (SUM(amount) FOR nope IN ([1])) AS p
GO
SELECT * FROM dbo.Sales PIVOT (SUM(amount) FOR quarter IN ([1], [1])) AS p
GO
SELECT * FROM dbo.Sales PIVOT (SUM(amount) FOR quarter IN ([1], product)) AS p
---
!102.15.1 Incorrect syntax near '*'.
!102.15.1 Incorrect syntax near '1'.
!102.15.1 Incorrect syntax near ')'.
!207.16.1 Invalid column name 'nope'.
!8156.16.1 The column '1' was specified multiple times for 'p'.
!265.16.1 The column name "product" specified in the PIVOT operator conflicts with the existing column name in the PIVOT argument.
=== typed UNPIVOT leaves NULL out
SELECT * FROM (VALUES (1, 10, NULL), (2, NULL, NULL), (3, 30, 40)) AS t(id, a, b) UNPIVOT (v FOR n IN (a, b)) AS u ORDER BY id, n
---
@id:int not null | v:int | n:nvarchar(128) not null
1 | 10 | a
3 | 30 | a
3 | 40 | b
=== what UNPIVOT refuses
SELECT * FROM (SELECT 1 AS id, CAST(1 AS int) AS a, CAST(2 AS bigint) AS b) AS t UNPIVOT (v FOR n IN (a, b)) AS u
GO
SELECT * FROM (SELECT 1 AS id, 1 AS a) AS t UNPIVOT (v FOR n IN (a, c)) AS u
GO
SELECT * FROM (SELECT 1 AS id, 1 AS a) AS t UNPIVOT (id FOR n IN (a)) AS u
---
!8167.16.1 The type of column "b" conflicts with the type of other columns specified in the UNPIVOT list.
!207.16.1 Invalid column name 'c'.
!265.16.1 The column name "id" specified in the UNPIVOT operator conflicts with the existing column name in the UNPIVOT argument.
