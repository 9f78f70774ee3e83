-- Control layout, version 1: schema hartonomous and its version table.
-- Writes: schema hartonomous, hartonomous.schema_version. Promise: one batch, run once, inside a transaction together with
-- the row of hartonomous.schema_version that records it (sql/state/record_schema_version.sql).
-- CREATE SCHEMA must be alone in its batch (Msg 111), hence the EXEC. Mode: batch.
IF SCHEMA_ID(N'hartonomous') IS NULL
    EXEC (N'CREATE SCHEMA hartonomous AUTHORIZATION dbo');

CREATE TABLE hartonomous.schema_version
(
    version       int          NOT NULL,
    script_sha256 char(64)     NOT NULL,
    applied_at    datetime2(7) NOT NULL CONSTRAINT DF_schema_version_applied_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_schema_version PRIMARY KEY CLUSTERED (version)
);
