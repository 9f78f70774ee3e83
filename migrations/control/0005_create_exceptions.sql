-- Control layout, version 5: embeddings that could not be migrated, and reference counts not yet folded into dbo.Atoms.
-- Writes: hartonomous.failed_embeddings, hartonomous.reference_count_deltas. All times are UTC.
-- Promise: one batch, run once, inside a transaction together with its schema_version row. Mode: batch.
CREATE TABLE hartonomous.failed_embeddings
(
    atom_embedding_id bigint         NOT NULL,
    run_id            bigint         NOT NULL,
    reason            nvarchar(64)   NOT NULL,
    error_number      int            NULL,
    message           nvarchar(4000) NULL,
    attempts          int            NOT NULL CONSTRAINT DF_failed_embeddings_attempts DEFAULT 1,
    first_failed_at   datetime2(7)   NOT NULL CONSTRAINT DF_failed_embeddings_first DEFAULT SYSUTCDATETIME(),
    last_failed_at    datetime2(7)   NOT NULL CONSTRAINT DF_failed_embeddings_last DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_failed_embeddings PRIMARY KEY CLUSTERED (atom_embedding_id)
);

CREATE TABLE hartonomous.reference_count_deltas
(
    delta_id    bigint IDENTITY(1, 1) NOT NULL,
    atom_id     bigint       NOT NULL,
    delta       bigint       NOT NULL,
    run_id      bigint       NULL,
    recorded_at datetime2(7) NOT NULL CONSTRAINT DF_reference_count_deltas_recorded_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_reference_count_deltas PRIMARY KEY CLUSTERED (delta_id)
);

CREATE NONCLUSTERED INDEX IX_reference_count_deltas_atom ON hartonomous.reference_count_deltas (atom_id) INCLUDE (delta);
