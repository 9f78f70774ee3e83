-- Control layout, version 4: the control row and the watermarks of the writers. All times are UTC.
-- Writes: hartonomous.control (one row, id 1), hartonomous.watermarks.
-- Why two tables: every batch transaction holds a shared lock on the control row (the fence) until it commits. If it also
-- wrote its watermark there, two writers would deadlock on that row; so each writer has a watermark row of its own.
-- Pause, resume, speed and stop: UPDATE hartonomous.control SET request = N'pause' (or N'none', N'stop') WHERE id = 1.
-- Promise: one batch, run once, inside a transaction together with its schema_version row. Mode: batch.
CREATE TABLE hartonomous.control
(
    id                            int            NOT NULL,
    fencing_number                bigint         NOT NULL CONSTRAINT DF_control_fencing_number DEFAULT 0,
    run_id                        bigint         NULL,
    phase                         nvarchar(16)   NULL,
    state                         nvarchar(16)   NOT NULL CONSTRAINT DF_control_state DEFAULT N'idle',
    request                       nvarchar(16)   NOT NULL CONSTRAINT DF_control_request DEFAULT N'none',
    requested_by                  nvarchar(128)  NULL,
    requested_at                  datetime2(7)   NULL,
    max_embeddings_per_second     int            NULL,
    updated_at                    datetime2(7)   NOT NULL CONSTRAINT DF_control_updated_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_control PRIMARY KEY CLUSTERED (id),
    CONSTRAINT CK_control_one_row CHECK (id = 1),
    CONSTRAINT CK_control_request CHECK (request IN (N'none', N'pause', N'stop')),
    CONSTRAINT CK_control_state CHECK (state IN (N'idle', N'running', N'paused', N'stopping'))
);

INSERT INTO hartonomous.control (id) VALUES (1);

CREATE TABLE hartonomous.watermarks
(
    run_id             bigint         NOT NULL,
    writer             int            NOT NULL,
    watermark          bigint         NOT NULL,
    range_end          bigint         NULL,
    embeddings_done    bigint         NOT NULL CONSTRAINT DF_watermarks_embeddings_done DEFAULT 0,
    relations_written  bigint         NOT NULL CONSTRAINT DF_watermarks_relations_written DEFAULT 0,
    atoms_written      bigint         NOT NULL CONSTRAINT DF_watermarks_atoms_written DEFAULT 0,
    embeddings_failed  bigint         NOT NULL CONSTRAINT DF_watermarks_embeddings_failed DEFAULT 0,
    held_by            nvarchar(400)  NULL,
    updated_at         datetime2(7)   NOT NULL CONSTRAINT DF_watermarks_updated_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_watermarks PRIMARY KEY CLUSTERED (run_id, writer),
    CONSTRAINT FK_watermarks_runs FOREIGN KEY (run_id) REFERENCES hartonomous.runs (run_id)
);
