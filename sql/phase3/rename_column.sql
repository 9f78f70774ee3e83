-- Brown-out and its end: renames the vectors' column, so that whoever still uses it gets Msg 207, and nothing is lost.
-- Writes: the table's definition (Sch-M). Markers: Old, New (names in quotes). Errors: 15336 a computed column, a check or a
-- schema-bound module uses it; 290 a vector index does; 15248 there is no such column; 15335 the new name is taken.
-- Mode: batch, no parameters, no result.
EXEC sys.sp_rename @objname = N'dbo.AtomEmbeddings./*{Old}*/EmbeddingVector/*{end}*/', @newname = N'/*{New}*/EmbeddingVector_browned_out/*{end}*/', @objtype = N'COLUMN';
