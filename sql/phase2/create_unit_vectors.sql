-- Creates and fills #unit, the unit vectors e_i of the vector column's size, for resolve_components.sql.
-- Reads: nothing. Writes: tempdb, about 8 KB a row, so 16 MB for 1998. Promise: once per reader connection.
-- Markers: Dimensions (number), VectorType (type of the column), both as sys.columns tells. Mode: batch, in session scope:
-- an RPC would lose the table when it returns. No result.
CREATE TABLE #unit
(
    ComponentIndex int NOT NULL PRIMARY KEY,
    UnitVector     /*{VectorType}*/vector(1998)/*{end}*/ NOT NULL
);

INSERT INTO #unit (ComponentIndex, UnitVector)
SELECT n.ComponentIndex,
       CAST('[' + REPLICATE(CAST('0,' AS varchar(max)), n.ComponentIndex) + '1'
                + REPLICATE(CAST(',0' AS varchar(max)), /*{Dimensions}*/1998/*{end}*/ - 1 - n.ComponentIndex) + ']'
            AS /*{VectorType}*/vector(1998)/*{end}*/)
FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * t.d AS ComponentIndex
      FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (d)
      CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (d)
      CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS c (d)
      CROSS JOIN (VALUES (0), (1), (2), (3)) AS t (d)) AS n
WHERE n.ComponentIndex < /*{Dimensions}*/1998/*{end}*/;
