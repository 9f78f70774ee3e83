-- Creates #unit, empty: unit vectors e_i of the vector column's size, for add_unit_vectors.sql and resolve_components.sql.
-- Reads: nothing. Writes: tempdb. Promise: once per reader connection.
-- Marker: VectorType (type of the column), as sys.columns tells. Mode: batch, in session scope: an RPC would lose the
-- table when it returns. No result.
CREATE TABLE #unit
(
    ComponentIndex int NOT NULL PRIMARY KEY,
    UnitVector     /*{VectorType}*/vector(1998)/*{end}*/ NOT NULL
);
