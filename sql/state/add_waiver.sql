-- Waives a gate until a time. Writes: hartonomous.waivers. Mode: RPC. Parameters: @P1 nvarchar(16): phase;
-- @P2 nvarchar(128): gate; @P3 nvarchar(128): who, NULL for the login; @P4 nvarchar(1000): why; @P5 datetime2(7): until when, UTC.
-- Result, one row: WaiverId bigint, GrantedAt datetime2(7).
INSERT INTO hartonomous.waivers (phase, gate, granted_by, reason, expires_at)
OUTPUT inserted.waiver_id AS WaiverId, inserted.granted_at AS GrantedAt
VALUES (@P1, @P2, ISNULL(@P3, ORIGINAL_LOGIN()), @P4, @P5);
