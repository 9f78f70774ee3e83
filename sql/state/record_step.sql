-- Records the state of a step: inserts it, or updates it when the run has it already.
-- Writes: hartonomous.steps. Mode: RPC. Parameters: @P1 bigint: run_id; @P2 nvarchar(16): phase; @P3 nvarchar(128): step;
-- @P4 nvarchar(32): state ('started', 'applied', 'present', 'skipped', 'failed', 'dropped'; all but the first end it); @P5 nvarchar(64):
-- SHA-256 of the SQL, hex, or NULL; @P6 nvarchar(258): object or NULL; @P7 nvarchar(64): SHA-256 of the object's definition or
-- NULL; @P8 bit: this step created the object; @P9 nvarchar(max): detail or NULL; @P10 nvarchar(max): the SQL itself, its
-- batches separated by GO, or NULL. No result.
DECLARE @own bit = CASE WHEN @@TRANCOUNT = 0 THEN 1 ELSE 0 END;
IF @own = 1
    BEGIN TRANSACTION;
UPDATE hartonomous.steps WITH (UPDLOCK, HOLDLOCK)
SET state = @P4, sql_sha256 = CAST(@P5 AS char(64)), object_name = @P6, object_sha256 = CAST(@P7 AS char(64)), created = @P8,
    detail = @P9, sql_text = @P10, ended_at = CASE WHEN @P4 = N'started' THEN NULL ELSE SYSUTCDATETIME() END
WHERE run_id = @P1 AND phase = @P2 AND step = @P3;
IF @@ROWCOUNT = 0
    INSERT INTO hartonomous.steps (run_id, phase, step, state, sql_sha256, object_name, object_sha256, created, detail, sql_text, ended_at)
    VALUES (@P1, @P2, @P3, @P4, CAST(@P5 AS char(64)), @P6, CAST(@P7 AS char(64)), @P8, @P9, @P10,
            CASE WHEN @P4 = N'started' THEN NULL ELSE SYSUTCDATETIME() END);
IF @own = 1
    COMMIT TRANSACTION;
