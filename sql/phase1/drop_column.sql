-- Rollback: drops a column that phase 1 created; on a system-versioned table the history loses it too.
-- Writes: the table's definition. Marker: Column (the quoted name). Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomRelations DROP COLUMN /*{Column}*/[SequenceIndex]/*{end}*/;
