-- Lists the attestations that were not revoked. Reads: hartonomous.attestations. Writes: nothing. Mode: batch or RPC, no
-- parameters. Result, by AttestationId: AttestationId bigint, Phase nvarchar(16), Subject nvarchar(128),
-- Statement nvarchar(1000), AttestedBy nvarchar(128), LoginName nvarchar(128), AttestedAt datetime2(7).
SELECT attestation_id AS AttestationId, phase AS Phase, subject AS Subject, statement AS Statement, attested_by AS AttestedBy,
       login_name AS LoginName, attested_at AS AttestedAt
FROM hartonomous.attestations
WHERE revoked_at IS NULL
ORDER BY attestation_id;
