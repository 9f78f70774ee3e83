-- Adds the unit vectors e_i that are wanted to #unit (create_unit_vectors.sql, same connection).
-- Reads: nothing. Writes: tempdb, about 8 KB a row, so 16 MB if all 1998 are wanted. Mode: RPC. No result.
-- Parameter: @P1 nvarchar(max): JSON array of component indexes from 0, each once and none that is there already.
-- Markers: Dimensions (number), VectorType (type of the column), both as sys.columns tells.
INSERT INTO #unit (ComponentIndex, UnitVector)
SELECT n.ComponentIndex,
       CAST('[' + REPLICATE(CAST('0,' AS varchar(max)), n.ComponentIndex) + '1'
                + REPLICATE(CAST(',0' AS varchar(max)), /*{Dimensions}*/1998/*{end}*/ - 1 - n.ComponentIndex) + ']'
            AS /*{VectorType}*/vector(1998)/*{end}*/)
FROM OPENJSON(@P1) WITH (ComponentIndex int '$') AS n;
