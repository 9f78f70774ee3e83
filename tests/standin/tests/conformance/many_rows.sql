=== rows enough that the order of an index is worth reading
CREATE TABLE dbo.rel (id bigint IDENTITY NOT NULL PRIMARY KEY, src bigint NOT NULL, kind nvarchar(20) NOT NULL, seq int NULL, target bigint NOT NULL);
CREATE INDEX ix_src_kind_seq ON dbo.rel (src, kind, seq) INCLUDE (target);
INSERT INTO dbo.rel (src, kind, seq, target)
SELECT value / 100, CASE value % 4 WHEN 0 THEN N'EVEN' WHEN 2 THEN N'even' ELSE N'odd' END,
       CASE WHEN value % 100 < 98 THEN value % 100 / 2 END, value % 7
FROM GENERATE_SERIES(0, 2999);
CREATE TABLE dbo.known (target bigint NOT NULL PRIMARY KEY);
INSERT INTO dbo.known SELECT value FROM GENERATE_SERIES(0, 4);
---
=== groups follow the collation, not the case
SELECT COUNT(*), MIN(g.n), MAX(g.n) FROM (SELECT src, kind, COUNT(*) AS n FROM dbo.rel GROUP BY src, kind) AS g
---
60 | 50 | 50
=== keys in another order than the index has them
SELECT TOP (3) src, LOWER(kind), COUNT(*), COUNT(DISTINCT seq), MIN(seq), MAX(seq) FROM dbo.rel GROUP BY kind, src ORDER BY src, kind
---
0 | even | 50 | 49 | 0 | 48
0 | odd | 50 | 49 | 0 | 48
1 | even | 50 | 49 | 0 | 48
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== some of the columns of the index, not from its beginning
SELECT COUNT(*) FROM (SELECT seq, src FROM dbo.rel GROUP BY seq, src) AS g
---
1500
=== one group, and none
SELECT src, COUNT(*) FROM dbo.rel WHERE src = 7 GROUP BY src
SELECT src, COUNT(*) FROM dbo.rel WHERE src = 77 GROUP BY src
---
7 | 100
=== a position twice
INSERT INTO dbo.rel (src, kind, seq, target) VALUES (5, N'odd', 3, 0);
SELECT TOP (10) src, kind, seq, COUNT_BIG(*) FROM dbo.rel WHERE src > 2 AND src <= 20 GROUP BY src, kind, seq HAVING COUNT_BIG(*) > 1 ORDER BY src, kind, seq;
SELECT TOP (10) src, kind, seq, COUNT_BIG(*) FROM dbo.rel WHERE src > 5 AND src <= 20 GROUP BY src, kind, seq HAVING COUNT_BIG(*) > 1 ORDER BY src, kind, seq;
---
5 | odd | 3 | 2
=== a range that begins anew for every row
SELECT v.s, a.n, a.lo FROM (VALUES (5), (99), (6)) AS v (s)
OUTER APPLY (SELECT COUNT(*) AS n, MIN(r.target) AS lo FROM dbo.rel AS r WHERE r.src = v.s AND r.kind = N'ODD') AS a
ORDER BY v.s
---
5 | 51 | 0
6 | 50 | 0
99 | 0 | NULL
=== an inner sort and limit that begin anew for every row
SELECT v.s, a.seq FROM (VALUES (1), (99), (2)) AS v (s)
CROSS APPLY (SELECT TOP (2) r.seq FROM dbo.rel AS r WHERE r.src = v.s AND r.kind = N'odd' ORDER BY r.seq DESC) AS a
ORDER BY v.s, a.seq
---
1 | 47
1 | 48
2 | 47
2 | 48
=== rows without a match, and with one
SELECT COUNT(*) FROM dbo.rel AS r WHERE NOT EXISTS (SELECT 1 FROM dbo.known AS k WHERE k.target = r.target)
SELECT COUNT(*) FROM dbo.rel AS r WHERE EXISTS (SELECT 1 FROM dbo.known AS k WHERE k.target = r.target)
SELECT COUNT(*), COUNT(k.target) FROM dbo.rel AS r LEFT JOIN dbo.known AS k ON k.target = r.target
SELECT COUNT(*), COUNT(r.id) FROM (SELECT id, target FROM dbo.rel WHERE src = 0) AS r RIGHT JOIN dbo.known AS k ON k.target = r.target AND r.id < 3
---
856
2145
3001 | 2145
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
5 | 2
~8153 Warning: Null value is eliminated by an aggregate or other SET operation.
=== a joined text in the order of another column
SELECT STRING_AGG(CAST(seq AS varchar(10)), ',') WITHIN GROUP (ORDER BY seq DESC) FROM dbo.rel WHERE src = 7 AND kind = N'even' AND seq < 4
---
3,2,1,0
=== a quotient that fails only where it is reached
SELECT CASE WHEN target >= 0 THEN 2 * 3 + 1 ELSE 1 / 0 END FROM dbo.known WHERE target = 1
---
7
=== a derived table that is sought by its key
SELECT k.id, e.total FROM (VALUES (2), (2999), (9999)) AS k (id)
LEFT JOIN (SELECT id AS rel_id, src + target AS total FROM dbo.rel WHERE kind <> N'none') AS e ON e.rel_id = k.id
ORDER BY k.id
SELECT k.id, e.seq FROM (VALUES (2), (2999), (9999)) AS k (id)
JOIN (SELECT seq, id AS rel_id FROM dbo.rel) AS e ON e.rel_id = k.id
ORDER BY k.id
---
2 | 1
2999 | 31
9999 | NULL
2 | 0
2999 | NULL
