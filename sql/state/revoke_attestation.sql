-- Revokes the attestations of a subject. Writes: hartonomous.attestations. Mode: RPC. Parameters: @P1 nvarchar(16): phase;
-- @P2 nvarchar(128): subject. Result, one row: RowsWritten int.
UPDATE hartonomous.attestations
SET revoked_at = SYSUTCDATETIME()
WHERE phase = @P1 AND subject = @P2 AND revoked_at IS NULL;
SELECT @@ROWCOUNT AS RowsWritten;
