-- Lists the waivers that hold now, by the server's clock. Reads: hartonomous.waivers. Writes: nothing. Mode: batch or RPC, no
-- parameters. Result: WaiverId bigint, Phase nvarchar(16), Gate nvarchar(128), GrantedBy nvarchar(128), LoginName nvarchar(128),
-- Reason nvarchar(1000), GrantedAt datetime2(7), ExpiresAt datetime2(7), by Phase, Gate, WaiverId.
SELECT waiver_id AS WaiverId, phase AS Phase, gate AS Gate, granted_by AS GrantedBy, login_name AS LoginName, reason AS Reason,
       granted_at AS GrantedAt, expires_at AS ExpiresAt
FROM hartonomous.waivers
WHERE revoked_at IS NULL AND expires_at > SYSUTCDATETIME()
ORDER BY phase, gate, waiver_id;
