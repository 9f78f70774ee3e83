-- Brings an index of dbo.AtomRelations back that disable_index.sql took out. Reads: dbo.AtomRelations. Writes: the index.
-- Markers: Index (the quoted name), Online (ON where the edition allows, Msg 1712 elsewhere), Compression (NONE, ROW or PAGE, as it
-- was: an index that was disabled has forgotten it). Mode: batch, no result. All else of its definition is as it was.
ALTER INDEX /*{Index}*/[IX_AtomRelations_RelationType]/*{end}*/ ON dbo.AtomRelations
    REBUILD WITH (ONLINE = /*{Online}*/OFF/*{end}*/, DATA_COMPRESSION = /*{Compression}*/NONE/*{end}*/);
