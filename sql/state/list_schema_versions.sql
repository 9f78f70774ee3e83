-- Lists the control scripts that were applied. Reads: hartonomous.schema_version. Writes: nothing. Mode: batch or RPC, no
-- parameters. Result, by Version: Version int, ScriptSha256 char(64), AppliedAt datetime2(7).
SELECT version AS Version, script_sha256 AS ScriptSha256, applied_at AS AppliedAt
FROM hartonomous.schema_version
ORDER BY version;
