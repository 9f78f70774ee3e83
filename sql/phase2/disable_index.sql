-- Takes an index of dbo.AtomRelations out of a load in a maintenance window; rebuild_index.sql brings it back. Its definition stays,
-- its compression does not. Writes: the index, whose rows are gone until then. Marker: Index (the quoted name). Mode: batch, no result.
ALTER INDEX /*{Index}*/[IX_AtomRelations_RelationType]/*{end}*/ ON dbo.AtomRelations DISABLE;
