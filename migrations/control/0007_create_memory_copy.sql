-- Control layout, version 7: how far the copy of dbo.AtomEmbeddings into its memory-optimised table is. All times are UTC.
-- Writes: hartonomous.memory_copy (at most one row, id 1). A batch moves last_id on in the transaction that writes its rows. table_id
-- is the table's object_id: what is on record of a table that was dropped and made anew does not count.
-- Promise: one batch, run once, inside a transaction together with its schema_version row. Mode: batch.
CREATE TABLE hartonomous.memory_copy
(
    id           int          NOT NULL,
    table_id     int          NOT NULL,
    last_id      bigint       NOT NULL,
    rows_copied  bigint       NOT NULL CONSTRAINT DF_memory_copy_rows_copied DEFAULT 0,
    copied_at    datetime2(7) NULL,
    aligned_at   datetime2(7) NULL,
    run_id       bigint       NOT NULL,
    updated_at   datetime2(7) NOT NULL CONSTRAINT DF_memory_copy_updated_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT PK_memory_copy PRIMARY KEY CLUSTERED (id),
    CONSTRAINT FK_memory_copy_runs FOREIGN KEY (run_id) REFERENCES hartonomous.runs (run_id),
    CONSTRAINT CK_memory_copy_one_row CHECK (id = 1)
);
