-- Rollback: drops a statistics object of dbo.AtomRelations; it would block the drop of its columns (Msg 5074).
-- Writes: the object. Marker: Statistics (the quoted name). Mode: batch, no parameters, no result.
DROP STATISTICS dbo.AtomRelations./*{Statistics}*/[ST_AtomRelations_Type_Sequence]/*{end}*/;
