-- Records that a control script was applied, in the transaction that applied it.
-- Writes: hartonomous.schema_version. Mode: RPC. Parameters: @P1 int: version; @P2 nvarchar(64): SHA-256 of the script, hex.
-- A version that is there already is Msg 2627: another run was faster. No result.
INSERT INTO hartonomous.schema_version (version, script_sha256) VALUES (@P1, CAST(@P2 AS char(64)));
