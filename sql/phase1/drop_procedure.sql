-- Rollback: drops a procedure that phase 1 created. Writes: the procedure. Marker: Procedure (the quoted name).
-- Mode: batch, no parameters, no result.
DROP PROCEDURE dbo./*{Procedure}*/[sp_ReconstructVector]/*{end}*/;
