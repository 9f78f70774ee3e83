-- Records that a person vouches for something the tool cannot measure. Writes: hartonomous.attestations. Mode: RPC.
-- Parameters: @P1 nvarchar(16): phase; @P2 nvarchar(128): subject; @P3 nvarchar(1000): statement; @P4 nvarchar(128): who, NULL for the login.
-- Result, one row: AttestationId bigint, AttestedAt datetime2(7).
INSERT INTO hartonomous.attestations (phase, subject, statement, attested_by)
OUTPUT inserted.attestation_id AS AttestationId, inserted.attested_at AS AttestedAt
VALUES (@P1, @P2, @P3, ISNULL(@P4, ORIGINAL_LOGIN()));
