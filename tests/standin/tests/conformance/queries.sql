=== a table to ask
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, grp varchar(10) NULL, n int NULL, d decimal(9,2) NULL);
INSERT INTO dbo.t VALUES (1, 'a', 10, 1.5), (2, 'a', 20, 2.5), (3, 'b', NULL, 3.5), (4, 'b', 40, NULL), (5, NULL, 50, 5.5);
CREATE TABLE dbo.u (id int NOT NULL PRIMARY KEY, t_id int NULL, name nvarchar(20) NULL);
INSERT INTO dbo.u VALUES (1, 1, N'one'), (2, 1, N'uno'), (3, 3, N'three'), (4, NULL, N'none'), (5, 9, N'nine');
---
=== null eliminated
SELECT COUNT(n), SUM(n), AVG(n), MIN(n), MAX(n), COUNT(*) FROM dbo.t
---
4 | 120 | 30 | 10 | 50 | 5
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== no warning without null
SELECT COUNT(id), SUM(id) FROM dbo.t
---
5 | 15
=== group by
SELECT grp, COUNT(*) FROM dbo.t GROUP BY grp ORDER BY grp
---
NULL | 1
a | 2
b | 2
=== not grouped
SELECT grp, n FROM dbo.t GROUP BY grp
---
!8120.16.1 Column 'dbo.t.n' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.
=== rollup
SELECT grp, COUNT(*), GROUPING(grp) FROM dbo.t GROUP BY ROLLUP(grp) ORDER BY GROUPING(grp), grp
---
NULL | 1 | 0
a | 2 | 0
b | 2 | 0
NULL | 5 | 1
=== cube and grouping_id
SELECT grp, id % 2, COUNT(*), GROUPING_ID(grp, id % 2) FROM dbo.t WHERE grp IS NOT NULL GROUP BY CUBE(grp, id % 2) ORDER BY GROUPING_ID(grp, id % 2), grp, id % 2
---
a | 0 | 1 | 0
a | 1 | 1 | 0
b | 0 | 1 | 0
b | 1 | 1 | 0
a | NULL | 2 | 1
b | NULL | 2 | 1
NULL | 0 | 2 | 2
NULL | 1 | 2 | 2
NULL | NULL | 4 | 3
=== grouping sets
SELECT grp, id, COUNT(*) FROM dbo.t WHERE id < 3 GROUP BY GROUPING SETS ((grp), (id), ()) ORDER BY GROUPING(grp), GROUPING(id), id
---
a | NULL | 2
NULL | 1 | 1
NULL | 2 | 1
NULL | NULL | 2
=== grouping of what is no key
SELECT GROUPING(n) FROM dbo.t GROUP BY grp
---
!8161.16.1 Argument 1 of the GROUPING function does not match any of the expressions in the GROUP BY clause.
=== having
SELECT grp, SUM(d) AS s FROM dbo.t GROUP BY grp HAVING COUNT(*) > 1 ORDER BY s DESC
---
a | 4.00
b | 3.50
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== distinct and top with ties
SELECT TOP (2) WITH TIES grp FROM dbo.t WHERE grp IS NOT NULL ORDER BY grp
---
a
a
=== ties need an order
SELECT TOP (2) WITH TIES grp FROM dbo.t
---
!1062.15.1 The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.
=== top percent
SELECT TOP (50) PERCENT id FROM dbo.t ORDER BY id
---
1
2
3
=== offset fetch
SELECT id FROM dbo.t ORDER BY id OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY
---
2
3
=== invalid names
SELECT nosuch, alsonot FROM dbo.t
---
!207.16.1 Invalid column name 'nosuch'.
!207.16.1 Invalid column name 'alsonot'.
=== unbound names
SELECT x.id, y.id FROM dbo.t
---
!4104.16.1 The multi-part identifier "x.id" could not be bound.
!4104.16.1 The multi-part identifier "y.id" could not be bound.
=== names of several clauses
SELECT nosuch FROM dbo.t WHERE alsonot = 1 ORDER BY neither
---
!207.16.1 Invalid column name 'alsonot'.
!207.16.1 Invalid column name 'nosuch'.
!207.16.1 Invalid column name 'neither'.
=== ambiguous
SELECT id FROM dbo.t JOIN dbo.u ON t.id = u.t_id
---
!209.16.1 Ambiguous column name 'id'.
=== missing table
SELECT * FROM dbo.nosuch
---
!208.16.1 Invalid object name 'dbo.nosuch'.
=== joins
SELECT t.id, u.name FROM dbo.t LEFT JOIN dbo.u ON u.t_id = t.id ORDER BY t.id, u.id
---
1 | one
1 | uno
2 | NULL
3 | three
4 | NULL
5 | NULL
=== full join
SELECT t.id, u.id FROM dbo.t FULL JOIN dbo.u ON u.t_id = t.id ORDER BY t.id, u.id
---
NULL | 4
NULL | 5
1 | 1
1 | 2
2 | NULL
3 | 3
4 | NULL
5 | NULL
=== nested join group
SELECT t.id, u.id FROM dbo.t LEFT JOIN (dbo.u JOIN dbo.t AS t2 ON t2.id = u.id) ON u.t_id = t.id WHERE t.id = 1 ORDER BY u.id
---
1 | 1
1 | 2
=== comma items do not see each other in ON
SELECT 1 FROM dbo.t, dbo.u JOIN dbo.t AS c ON c.id = t.id
---
!4104.16.1 The multi-part identifier "t.id" could not be bound.
=== apply
SELECT t.id, x.name FROM dbo.t OUTER APPLY (SELECT TOP (1) u.name FROM dbo.u WHERE u.t_id = t.id ORDER BY u.id DESC) AS x WHERE t.id < 3 ORDER BY t.id
---
1 | uno
2 | NULL
=== exists and not in
SELECT id FROM dbo.t WHERE EXISTS (SELECT 1 FROM dbo.u WHERE u.t_id = t.id) ORDER BY id;
SELECT id FROM dbo.t WHERE id NOT IN (SELECT t_id FROM dbo.u);
SELECT id FROM dbo.t WHERE id NOT IN (SELECT t_id FROM dbo.u WHERE t_id IS NOT NULL) ORDER BY id;
---
1
3
2
4
5
=== quantified
SELECT CASE WHEN 1 > ALL (SELECT id FROM dbo.t WHERE id < 0) THEN 1 ELSE 0 END, CASE WHEN NULL = ANY (SELECT id FROM dbo.t WHERE id < 0) THEN 1 ELSE 0 END, CASE WHEN 3 <= SOME (SELECT id FROM dbo.t) THEN 1 ELSE 0 END
---
1 | 0 | 1
=== scalar subquery of several rows
SELECT (SELECT id FROM dbo.t)
---
!512.16.1 Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.
=== subquery of two columns
SELECT 1 WHERE 1 IN (SELECT id, n FROM dbo.t)
---
!116.16.1 Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.
=== set operators
SELECT id FROM dbo.t INTERSECT SELECT t_id FROM dbo.u ORDER BY id;
SELECT grp FROM dbo.t UNION SELECT NULL ORDER BY grp;
SELECT id FROM dbo.t EXCEPT SELECT t_id FROM dbo.u ORDER BY id;
---
1
3
NULL
a
b
2
4
5
=== set operators of unequal width
SELECT 1 UNION SELECT 1, 2
---
!205.16.1 All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.
=== order by of a set operator
SELECT id FROM dbo.t UNION SELECT id FROM dbo.u ORDER BY id + 1
---
!104.16.1 ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.
=== values
SELECT a, b FROM (VALUES (1, 'x'), (2, NULL), (3, N'z')) AS v (a, b) ORDER BY a
---
1 | x
2 | NULL
3 | z
=== values of unequal width
SELECT * FROM (VALUES (1), (2, 3)) AS v (a)
---
!10709.16.1 The number of columns for each row in a table value constructor must be the same.
=== derived column without a name
SELECT * FROM (SELECT 1) AS v
---
!8155.16.2 No column name was specified for column 1 of 'v'.
=== derived column twice
SELECT * FROM (SELECT 1 AS a, 2 AS a) AS v
---
!8156.16.1 The column 'a' was specified multiple times for 'v'.
=== order by in a derived table
SELECT * FROM (SELECT id FROM dbo.t ORDER BY id) AS v
---
!1033.15.1 The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.
=== common tables
WITH a AS (SELECT id, n FROM dbo.t WHERE n IS NOT NULL), b (x) AS (SELECT MAX(n) FROM a) SELECT a.id FROM a JOIN b ON b.x = a.n
---
5
=== recursion
WITH r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 5) SELECT SUM(i), COUNT(*) FROM r
---
15 | 5
=== recursion limit
WITH r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 500) SELECT COUNT(*) FROM r
---
!530.16.1 The statement terminated. The maximum recursion 100 has been exhausted before statement completion.
=== recursion without limit
WITH r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 500) SELECT COUNT(*) FROM r OPTION (MAXRECURSION 0)
---
500
=== duplicate common table
WITH a AS (SELECT 1 AS x), a AS (SELECT 2 AS x) SELECT * FROM a
---
!239.16.1 Duplicate common table expression name 'a' was specified.
=== common table with too few names
WITH a (x) AS (SELECT 1, 2) SELECT * FROM a
---
!8158.16.1 'a' has more columns than were specified in the column list.
=== common table with too many names
WITH a (x, y) AS (SELECT 1) SELECT * FROM a
---
!8159.16.1 'a' has fewer columns than were specified in the column list.
=== recursion without union all
WITH r AS (SELECT 1 AS i UNION SELECT i + 1 FROM r) SELECT * FROM r
---
!252.16.1 Recursive common table expression 'r' does not contain a top-level UNION ALL operator.
=== recursive types differ
WITH r AS (SELECT 1 AS i UNION ALL SELECT CAST(i + 1 AS bigint) FROM r WHERE i < 3) SELECT * FROM r
---
!240.16.1 Types don't match between the anchor and the recursive part in column "i" of recursive query "r".
=== recursive distinct
WITH r AS (SELECT 1 AS i UNION ALL SELECT DISTINCT i + 1 FROM r WHERE i < 3) SELECT * FROM r
---
!460.16.1 DISTINCT operator is not allowed in the recursive part of a recursive common table expression 'r'.
=== recursive top
WITH r AS (SELECT 1 AS i UNION ALL SELECT TOP (1) i + 1 FROM r WHERE i < 3) SELECT * FROM r
---
!461.16.1 The TOP or OFFSET operator is not allowed in the recursive part of a recursive common table expression 'r'.
=== recursive outer join
WITH r AS (SELECT 1 AS i UNION ALL SELECT r.i + 1 FROM r LEFT JOIN dbo.t ON t.id = r.i WHERE r.i < 3) SELECT * FROM r
---
!462.16.1 Outer join is not allowed in the recursive part of a recursive common table expression 'r'.
=== recursive aggregate
WITH r AS (SELECT 1 AS i UNION ALL SELECT MAX(i) + 1 FROM r WHERE i < 3) SELECT * FROM r
---
!467.16.1 GROUP BY, HAVING, or aggregate functions are not allowed in the recursive part of a recursive common table expression 'r'.
=== windows
SELECT id, ROW_NUMBER() OVER (PARTITION BY grp ORDER BY id DESC), RANK() OVER (ORDER BY grp), DENSE_RANK() OVER (ORDER BY grp), NTILE(2) OVER (ORDER BY id), LAG(n, 1, -1) OVER (ORDER BY id), LEAD(id) OVER (ORDER BY id), SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), SUM(id) OVER (PARTITION BY grp), FIRST_VALUE(id) OVER (PARTITION BY grp ORDER BY id), LAST_VALUE(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), COUNT(*) OVER () FROM dbo.t ORDER BY id
---
1 | 2 | 2 | 2 | 1 | -1 | 2 | 1 | 3 | 1 | 5 | 5
2 | 1 | 2 | 2 | 1 | 10 | 3 | 3 | 3 | 1 | 5 | 5
3 | 2 | 4 | 3 | 1 | 20 | 4 | 5 | 7 | 3 | 5 | 5
4 | 1 | 4 | 3 | 2 | NULL | 5 | 7 | 7 | 3 | 5 | 5
5 | 1 | 1 | 1 | 2 | 40 | NULL | 9 | 5 | 5 | 5 | 5
=== percentile windows
SELECT id, PERCENT_RANK() OVER (ORDER BY id), CUME_DIST() OVER (ORDER BY id) FROM dbo.t WHERE id < 4 ORDER BY id
---
1 | 0.0 | 0.3333333333333333
2 | 0.5 | 0.6666666666666666
3 | 1.0 | 1.0
=== window in where
SELECT id FROM dbo.t WHERE ROW_NUMBER() OVER (ORDER BY id) = 1
---
!4108.15.1 Windowed functions can only appear in the SELECT or ORDER BY clauses.
=== row_number needs an order
SELECT ROW_NUMBER() OVER () FROM dbo.t
---
!4112.15.1 The function 'ROW_NUMBER' must have an OVER clause with ORDER BY.
=== aggregate in where
SELECT id FROM dbo.t WHERE COUNT(*) > 1
---
!147.15.1 An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.
=== string_agg
SELECT STRING_AGG(name, N',') WITHIN GROUP (ORDER BY id DESC) FROM dbo.u
---
nine,none,three,uno,one
=== openjson
SELECT [key], value, type FROM OPENJSON(N'{"a":1,"b":"x","c":[1,2],"d":null,"e":true,"f":{"g":1}}')
---
a | 1 | 2
b | x | 1
c | [1,2] | 4
d | NULL | 0
e | true | 3
f | {"g":1} | 5
=== openjson with columns
SELECT id, name, x, doc FROM OPENJSON(N'[{"id":1,"name":"a","p":{"x":1.5}},{"id":2,"p":{"x":2}}]') WITH (id int, name nvarchar(10), x float '$.p.x', doc nvarchar(max) '$.p' AS JSON)
---
1 | a | 1.5 | {"x":1.5}
2 | NULL | 2.0 | {"x":2}
=== openjson over a vector's text
SELECT COUNT(*), SUM(CAST(value AS float)) FROM OPENJSON(N'[1.0000000e+000,2.5000000e+000]')
---
2 | 3.5
=== openjson of no json
SELECT * FROM OPENJSON(N'nope')
---
!13609.16.4 JSON text is not properly formatted. Unexpected character 'n' is found at position 0.
=== generate_series
SELECT value FROM GENERATE_SERIES(1, 10, 4);
SELECT value FROM GENERATE_SERIES(3, 1);
SELECT COUNT(*), MAX(value) FROM GENERATE_SERIES(0, 1997);
---
1
5
9
3
2
1
1998 | 1997
=== generate_series of nothing
SELECT value FROM GENERATE_SERIES(1, 3, 0)
---
!4199.16.1 Argument value 0 is invalid for argument 3 of generate_series function.
=== string_split
SELECT value, ordinal FROM STRING_SPLIT('a,b,,c', ',', 1)
---
a | 1
b | 2
 | 3
c | 4
=== json scalars
SELECT JSON_VALUE(N'{"a":{"b":[1,"x"]}}', '$.a.b[1]'), JSON_QUERY(N'{"a":{"b":[1, 2]}}', '$.a.b'), ISJSON(N'[1]'), ISJSON(N'nope'), JSON_MODIFY(N'{"a":1}', '$.b', 'x'), JSON_PATH_EXISTS(N'{"a":1}', '$.a')
---
x | [1, 2] | 1 | 0 | {"a":1,"b":"x"} | 1
=== json constructors
SELECT JSON_OBJECT('a':1, 'b':NULL), JSON_OBJECT('a':'x"y', 'b':NULL ABSENT ON NULL), JSON_ARRAY(1, 'x', NULL), JSON_ARRAY(1, NULL NULL ON NULL), JSON_OBJECT('k':JSON_ARRAY(1, 2)), JSON_OBJECT()
---
{"a":1,"b":null} | {"a":"x\"y"} | [1,"x"] | [1,null] | {"k":[1,2]} | {}
=== json aggregates
SELECT JSON_ARRAYAGG(n), JSON_ARRAYAGG(n NULL ON NULL) FROM dbo.t;
SELECT JSON_OBJECTAGG(grp:n) FROM dbo.t WHERE id = 1;
---
[10,20,40,50] | [10,20,null,40,50]
{"a":10}
=== for json path
SELECT id, grp AS [x.grp], d FROM dbo.t WHERE id IN (1, 4) ORDER BY id FOR JSON PATH;
SELECT id FROM dbo.t WHERE id = 1 FOR JSON PATH, WITHOUT_ARRAY_WRAPPER;
SELECT id, n FROM dbo.t WHERE id = 3 FOR JSON PATH, ROOT('r'), INCLUDE_NULL_VALUES;
---
[{"id":1,"x":{"grp":"a"},"d":1.50},{"id":4,"x":{"grp":"b"}}]
{"id":1}
{"r":[{"id":3,"n":null}]}
=== views and functions
CREATE VIEW dbo.v AS SELECT id, n FROM dbo.t WHERE n IS NOT NULL
GO
CREATE FUNCTION dbo.f (@low int) RETURNS TABLE AS RETURN (SELECT id, n FROM dbo.v WHERE n >= @low)
GO
CREATE FUNCTION dbo.m (@low int) RETURNS @r TABLE (id int, twice int) AS BEGIN INSERT INTO @r SELECT id, n * 2 FROM dbo.t WHERE n >= @low; RETURN; END
GO
CREATE FUNCTION dbo.s (@a int) RETURNS int AS BEGIN RETURN @a + 1; END
GO
SELECT COUNT(*) FROM dbo.v;
SELECT id FROM dbo.f(40) ORDER BY id;
SELECT id, twice FROM dbo.m(40) ORDER BY id;
SELECT t.id, x.n FROM dbo.t CROSS APPLY dbo.f(t.n) AS x WHERE t.id = 4 ORDER BY x.n;
SELECT dbo.s(id) FROM dbo.t WHERE dbo.s(id) > 5;
---
4
4
5
4 | 80
5 | 100
4 | 40
4 | 50
6
=== function arguments
SELECT dbo.s()
---
!313.16.2 An insufficient number of arguments were supplied for the procedure or function dbo.s.
=== order by position
SELECT id, n FROM dbo.t ORDER BY 3
---
!108.16.1 The ORDER BY position number 3 is out of range of the number of items in the select list.
=== distinct with order by
SELECT DISTINCT grp FROM dbo.t ORDER BY id
---
!145.15.1 ORDER BY items must appear in the select list if SELECT DISTINCT is specified.
=== sum of text
SELECT SUM(grp) FROM dbo.t
---
!8117.16.1 Operand data type varchar is invalid for sum operator.
=== exposed names
SELECT 1 FROM dbo.t, dbo.t
---
!1013.16.1 The objects "dbo.t" and "dbo.t" in the FROM clause have the same exposed names. Use correlation names to distinguish them.
=== correlation names
SELECT 1 FROM dbo.t AS x, dbo.u AS x
---
!1011.16.1 The correlation name 'x' is specified multiple times in a FROM clause.
=== refused by name
SELECT CHECKSUM(1)
---
!50000.16.1 hartonomous-standin does not implement the function CHECKSUM.
=== vectors
SELECT CAST('[1,2,3]' AS vector(3)), VECTOR_DISTANCE('euclidean', CAST('[0,0]' AS vector(2)), CAST('[3,4]' AS vector(2))), VECTOR_NORM(CAST('[3,4]' AS vector(2)), 'norm2'), DATALENGTH(CAST('[1,2,3]' AS vector(3))), VECTOR_DISTANCE('dot', CAST('[1,2]' AS vector(2)), CAST('[3,4]' AS vector(2))), VECTOR_DISTANCE('cosine', CAST('[0,0]' AS vector(2)), CAST('[3,4]' AS vector(2)))
---
[1.0000000e+000,2.0000000e+000,3.0000000e+000] | 5.0 | 5.0 | 20 | -11.0 | 1.0
=== vector of wrong width
SELECT CAST('[1,2,3]' AS vector(2))
---
!42204.16.4 The vector dimensions 2 and 3 do not match.
=== for json inside json
SELECT JSON_QUERY(N'{"a":[1]}', '$.a') AS q, (SELECT id FROM dbo.u WHERE t_id = 1 ORDER BY id FOR JSON PATH) AS s FROM dbo.t WHERE id = 1 FOR JSON PATH
---
[{"q":[1],"s":[{"id":1},{"id":2}]}]
=== bare nulls in set operators
SELECT NULL AS a UNION ALL SELECT 'a' ORDER BY a;
SELECT NULL AS a UNION ALL SELECT NULL;
---
NULL
a
NULL
NULL
=== decimals and literals
SELECT CAST(2 AS decimal(5,2)) * 10, 7 / 2.0, 10 - 0.5
---
20.00 | 3.500000 | 9.5
=== errors of several statements
SELECT nosuch FROM dbo.t;
SELECT alsonot FROM dbo.t;
---
!207.16.1 Invalid column name 'nosuch'.
!207.16.1 Invalid column name 'alsonot'.
=== no partial batch
SELECT 1;
SELECT nosuch FROM dbo.t;
---
!207.16.1 Invalid column name 'nosuch'.
=== vectors do not sort
SELECT 1 AS a FROM (SELECT CAST('[1]' AS vector(1)) AS v) AS x ORDER BY v
---
!42213.16.1 The vector data types cannot be compared or sorted, except when using the IS NULL operator.
