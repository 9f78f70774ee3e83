-- Creates IX_AtomRelations_Source_Type_Seq: reads a vector in order.
-- Reads: dbo.AtomRelations. Writes: the index, PAGE compressed. Promise: run only when inspect_indexes.sql does not list it
-- (else Msg 1913); a wrong one is dropped first with drop_index.sql. ONLINE = ON needs Enterprise (else Msg 1712).
-- Needs QUOTED_IDENTIFIER ON and its companions when filtered (Msg 1934). Marker: Online (OFF or ON).
-- Mode: batch, no parameters, no result; not inside a user transaction when ONLINE.
CREATE NONCLUSTERED INDEX IX_AtomRelations_Source_Type_Seq
    ON dbo.AtomRelations (SourceAtomId, RelationType, SequenceIndex)
    INCLUDE (TargetAtomId)
    WITH (DATA_COMPRESSION = PAGE, ONLINE = /*{Online}*/OFF/*{end}*/);
