-- Makes a foreign key of dbo.AtomRelations trusted again by checking every row (Msg 547 if one is wrong).
-- Reads: dbo.AtomRelations, dbo.Atoms. Writes: the constraint's state. Marker: Constraint (the quoted name). Mode: batch, no result.
ALTER TABLE dbo.AtomRelations WITH CHECK CHECK CONSTRAINT /*{Constraint}*/[FK_AtomRelations_Atoms_Target]/*{end}*/;
