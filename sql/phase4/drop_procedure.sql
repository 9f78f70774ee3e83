-- Rollback: drops a natively compiled procedure that phase 4 created. Writes: the procedure. Mode: batch, not inside a transaction
-- (Msg 12331). Marker: Procedure (the quoted name). No result.
DROP PROCEDURE dbo./*{Procedure}*/[sp_GetAtomEmbeddingMetadata_Native]/*{end}*/;
