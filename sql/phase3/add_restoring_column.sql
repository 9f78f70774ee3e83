-- Un-drop: adds the vectors' column again, under a name of its own until every vector is in it. NULL, because a vector column
-- takes no DEFAULT (Msg 1752). Run after the table was rebuilt: the bytes of the dropped column still count for the row's size.
-- Writes: the table's definition. Marker: VectorType. Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomEmbeddings ADD EmbeddingVector_restoring /*{VectorType}*/vector(1998)/*{end}*/ NULL;
