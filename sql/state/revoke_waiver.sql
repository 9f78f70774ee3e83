-- Revokes the waivers of a gate. Writes: hartonomous.waivers. Mode: RPC. Parameters: @P1 nvarchar(16): phase;
-- @P2 nvarchar(128): gate. Result, one row: RowsWritten int.
UPDATE hartonomous.waivers
SET revoked_at = SYSUTCDATETIME()
WHERE phase = @P1 AND gate = @P2 AND revoked_at IS NULL;
SELECT @@ROWCOUNT AS RowsWritten;
