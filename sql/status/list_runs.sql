-- The last runs. Reads: hartonomous.runs. Writes: nothing. Mode: RPC. Parameter: @P1 int: how many. Result, newest first:
-- RunId bigint, Command nvarchar(64), Phase nvarchar(16), LoginName nvarchar(128), HostName nvarchar(128), ProcessId int,
-- ToolVersion nvarchar(64), Arguments nvarchar(max), StartedAt, EndedAt datetime2(7), Outcome nvarchar(32), Message nvarchar(max),
-- FencingNumber bigint.
SELECT TOP (@P1) run_id AS RunId, command AS Command, phase AS Phase, login_name AS LoginName, host_name AS HostName,
       process_id AS ProcessId, tool_version AS ToolVersion, arguments AS Arguments, started_at AS StartedAt, ended_at AS EndedAt,
       outcome AS Outcome, message AS Message, fencing_number AS FencingNumber
FROM hartonomous.runs
ORDER BY run_id DESC;
