-- Control layout, version 6: several writers, on several hosts, steered while they work. All times are UTC.
-- Writes: hartonomous.fence (one row, id 1), hartonomous.key_ranges, hartonomous.frontier (one row, id 1),
-- hartonomous.signals; hartonomous.control loses fencing_number and gains columns.
-- Why the fence has a table of its own: every batch keeps a shared lock on its row until it commits; an UPDATE of the control
-- row by a person must not wait for batches. A batch also locks its own key range, and nobody else's.
-- Reference-count deltas never lock their whole table, so that the folder and the writers do not wait for each other.
-- Promise: one batch, run once, inside a transaction together with its schema_version row. Mode: batch.
CREATE TABLE hartonomous.fence
(
    id             int    NOT NULL,
    fencing_number bigint NOT NULL,
    CONSTRAINT PK_fence PRIMARY KEY CLUSTERED (id),
    CONSTRAINT CK_fence_one_row CHECK (id = 1)
);

INSERT INTO hartonomous.fence (id, fencing_number)
SELECT 1, fencing_number FROM hartonomous.control WHERE id = 1;

ALTER TABLE hartonomous.control DROP CONSTRAINT DF_control_fencing_number;

ALTER TABLE hartonomous.control DROP COLUMN fencing_number;

ALTER TABLE hartonomous.control ADD
    max_workers          int           NULL,
    acknowledged_request nvarchar(16)  NULL,
    acknowledged_at      datetime2(7)  NULL,
    held_by              nvarchar(400) NULL,
    CONSTRAINT CK_control_speed CHECK (max_embeddings_per_second > 0 AND max_workers > 0);

CREATE TABLE hartonomous.frontier
(
    id             int    NOT NULL,
    fencing_number bigint NOT NULL,
    last_id        bigint NOT NULL,
    CONSTRAINT PK_frontier PRIMARY KEY CLUSTERED (id),
    CONSTRAINT CK_frontier_one_row CHECK (id = 1)
);

INSERT INTO hartonomous.frontier (id, fencing_number, last_id) VALUES (1, 0, -9223372036854775808);

CREATE TABLE hartonomous.key_ranges
(
    fencing_number    bigint       NOT NULL,
    after_id          bigint       NOT NULL,
    last_id           bigint       NOT NULL,
    state             nvarchar(16) NOT NULL,
    token             bigint       NOT NULL,
    run_id            bigint       NOT NULL,
    writer            int          NOT NULL,
    leased_until      datetime2(7) NOT NULL,
    takeovers         int          NOT NULL CONSTRAINT DF_key_ranges_takeovers DEFAULT 0,
    embeddings_done   bigint       NOT NULL CONSTRAINT DF_key_ranges_embeddings_done DEFAULT 0,
    CONSTRAINT PK_key_ranges PRIMARY KEY CLUSTERED (fencing_number, after_id),
    CONSTRAINT FK_key_ranges_runs FOREIGN KEY (run_id) REFERENCES hartonomous.runs (run_id),
    CONSTRAINT CK_key_ranges_state CHECK (state IN (N'free', N'leased', N'done'))
);

ALTER TABLE hartonomous.key_ranges SET (LOCK_ESCALATION = DISABLE);

CREATE TABLE hartonomous.signals
(
    signal     nvarchar(32)  NOT NULL,
    reading    nvarchar(200) NULL,
    threshold  nvarchar(200) NOT NULL,
    holds      bit           NOT NULL,
    run_id     bigint        NOT NULL,
    read_at    datetime2(7)  NOT NULL CONSTRAINT DF_signals_read_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_signals PRIMARY KEY CLUSTERED (signal)
);

ALTER TABLE hartonomous.reference_count_deltas SET (LOCK_ESCALATION = DISABLE);
