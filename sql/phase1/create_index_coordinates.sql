-- Creates IX_AtomRelations_Coordinates: range scans over coordinates, one row per vector.
-- Reads: dbo.AtomRelations. Writes: the index, PAGE compressed. Promise: run only when inspect_indexes.sql does not list it
-- (else Msg 1913); a wrong one is dropped first with drop_index.sql. ONLINE = ON needs Enterprise (else Msg 1712).
-- Needs QUOTED_IDENTIFIER ON and its companions when filtered (Msg 1934). Marker: Online (OFF or ON).
-- Mode: batch, no parameters, no result; not inside a user transaction when ONLINE.
CREATE NONCLUSTERED INDEX IX_AtomRelations_Coordinates
    ON dbo.AtomRelations (CoordX, CoordY, CoordZ)
    INCLUDE (SourceAtomId, RelationType)
    WHERE CoordX IS NOT NULL
    WITH (DATA_COMPRESSION = PAGE, ONLINE = /*{Online}*/OFF/*{end}*/);
