-- Un-drop: makes the column NOT NULL again, as it was. Writes: the table's definition, after a look at every row (Msg 515 when
-- one is NULL). Marker: VectorType. Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomEmbeddings ALTER COLUMN EmbeddingVector /*{VectorType}*/vector(1998)/*{end}*/ NOT NULL;
