-- Records the start of a command. Writes: hartonomous.runs. Mode: RPC. Parameters: @P1 nvarchar(64): command;
-- @P2 nvarchar(16): phase or NULL; @P3 nvarchar(128): client host; @P4 int: client process id; @P5 nvarchar(64): tool version;
-- @P6 nvarchar(max): arguments without secrets. Result, one row: RunId bigint, StartedAt datetime2(7), LoginName nvarchar(128).
INSERT INTO hartonomous.runs (command, phase, host_name, process_id, tool_version, arguments)
OUTPUT inserted.run_id AS RunId, inserted.started_at AS StartedAt, inserted.login_name AS LoginName
VALUES (@P1, @P2, @P3, @P4, @P5, @P6);
