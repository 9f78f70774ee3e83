-- Control layout, version 2: what ran. Writes: hartonomous.runs, hartonomous.steps. All times are UTC.
-- Promise: one batch, run once, inside a transaction together with its schema_version row. Mode: batch.
CREATE TABLE hartonomous.runs
(
    run_id         bigint IDENTITY(1, 1) NOT NULL,
    command        nvarchar(64)   NOT NULL,
    phase          nvarchar(16)   NULL,
    login_name     nvarchar(128)  NOT NULL CONSTRAINT DF_runs_login_name DEFAULT ORIGINAL_LOGIN(),
    host_name      nvarchar(128)  NULL,
    process_id     int            NULL,
    session_id     int            NOT NULL CONSTRAINT DF_runs_session_id DEFAULT @@SPID,
    tool_version   nvarchar(64)   NOT NULL,
    arguments      nvarchar(max)  NULL,
    started_at     datetime2(7)   NOT NULL CONSTRAINT DF_runs_started_at DEFAULT SYSUTCDATETIME(),
    ended_at       datetime2(7)   NULL,
    outcome        nvarchar(32)   NULL,
    message        nvarchar(max)  NULL,
    fencing_number bigint         NULL,
    CONSTRAINT PK_runs PRIMARY KEY CLUSTERED (run_id)
);

CREATE TABLE hartonomous.steps
(
    run_id        bigint         NOT NULL,
    phase         nvarchar(16)   NOT NULL,
    step          nvarchar(128)  NOT NULL,
    state         nvarchar(32)   NOT NULL,
    sql_sha256    char(64)       NULL,
    sql_text      nvarchar(max)  NULL,
    object_name   nvarchar(258)  NULL,
    object_sha256 char(64)       NULL,
    created       bit            NOT NULL CONSTRAINT DF_steps_created DEFAULT 0,
    started_at    datetime2(7)   NOT NULL CONSTRAINT DF_steps_started_at DEFAULT SYSUTCDATETIME(),
    ended_at      datetime2(7)   NULL,
    detail        nvarchar(max)  NULL,
    CONSTRAINT PK_steps PRIMARY KEY CLUSTERED (run_id, phase, step),
    CONSTRAINT FK_steps_runs FOREIGN KEY (run_id) REFERENCES hartonomous.runs (run_id)
);
