-- Control layout, version 3: what was measured, waived and attested. All times are UTC.
-- Writes: hartonomous.gate_results, hartonomous.waivers, hartonomous.attestations.
-- Promise: one batch, run once, inside a transaction together with its schema_version row. Mode: batch.
CREATE TABLE hartonomous.gate_results
(
    gate_result_id bigint IDENTITY(1, 1) NOT NULL,
    run_id         bigint         NOT NULL,
    phase          nvarchar(16)   NOT NULL,
    gate           nvarchar(128)  NOT NULL,
    verdict        nvarchar(16)   NOT NULL,
    threshold      nvarchar(400)  NULL,
    evidence       nvarchar(max)  NULL,
    measured_at    datetime2(7)   NOT NULL CONSTRAINT DF_gate_results_measured_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_gate_results PRIMARY KEY CLUSTERED (gate_result_id),
    CONSTRAINT FK_gate_results_runs FOREIGN KEY (run_id) REFERENCES hartonomous.runs (run_id),
    CONSTRAINT CK_gate_results_verdict CHECK (verdict IN (N'pass', N'fail', N'waived'))
);

CREATE NONCLUSTERED INDEX IX_gate_results_phase_gate ON hartonomous.gate_results (phase, gate, gate_result_id);

CREATE TABLE hartonomous.waivers
(
    waiver_id  bigint IDENTITY(1, 1) NOT NULL,
    phase      nvarchar(16)   NOT NULL,
    gate       nvarchar(128)  NOT NULL,
    granted_by nvarchar(128)  NOT NULL,
    login_name nvarchar(128)  NOT NULL CONSTRAINT DF_waivers_login_name DEFAULT ORIGINAL_LOGIN(),
    reason     nvarchar(1000) NOT NULL,
    granted_at datetime2(7)   NOT NULL CONSTRAINT DF_waivers_granted_at DEFAULT SYSUTCDATETIME(),
    expires_at datetime2(7)   NOT NULL,
    revoked_at datetime2(7)   NULL,
    CONSTRAINT PK_waivers PRIMARY KEY CLUSTERED (waiver_id)
);

CREATE NONCLUSTERED INDEX IX_waivers_phase_gate ON hartonomous.waivers (phase, gate);

CREATE TABLE hartonomous.attestations
(
    attestation_id bigint IDENTITY(1, 1) NOT NULL,
    phase          nvarchar(16)   NOT NULL,
    subject        nvarchar(128)  NOT NULL,
    statement      nvarchar(1000) NOT NULL,
    attested_by    nvarchar(128)  NOT NULL,
    login_name     nvarchar(128)  NOT NULL CONSTRAINT DF_attestations_login_name DEFAULT ORIGINAL_LOGIN(),
    attested_at    datetime2(7)   NOT NULL CONSTRAINT DF_attestations_attested_at DEFAULT SYSUTCDATETIME(),
    revoked_at     datetime2(7)   NULL,
    CONSTRAINT PK_attestations PRIMARY KEY CLUSTERED (attestation_id)
);

CREATE NONCLUSTERED INDEX IX_attestations_phase_subject ON hartonomous.attestations (phase, subject);
