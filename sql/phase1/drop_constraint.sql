-- Rollback: drops the DEFAULT of a column that phase 1 created; it would block the drop of the column (Msg 5074).
-- Writes: the constraint. Marker: Constraint (the quoted name). Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomRelations DROP CONSTRAINT /*{Constraint}*/[DF_AtomRelations_TenantId]/*{end}*/;
