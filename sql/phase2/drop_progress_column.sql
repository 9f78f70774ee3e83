-- Rollback: drops a column that phase 2 added to a progress table that was there before it. Writes: the table's definition.
-- Marker: Column (the quoted name). Mode: batch, no parameters, no result.
ALTER TABLE dbo.EmbeddingMigrationProgress DROP COLUMN /*{Column}*/[RunId]/*{end}*/;
