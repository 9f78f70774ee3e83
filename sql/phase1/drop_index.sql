-- Drops one index of dbo.AtomRelations: a wrongly defined one before it is created again, or a created one at rollback.
-- Writes: the index. Marker: Index (the quoted name). Mode: batch, no parameters, no result.
DROP INDEX /*{Index}*/[IX_AtomRelations_Source_Type_Seq]/*{end}*/ ON dbo.AtomRelations;
