-- The last recorded state of every step of a phase, over all runs. Reads: hartonomous.steps. Writes: nothing. Mode: RPC.
-- Parameter: @P1 nvarchar(16): phase. Result, by Step: Step nvarchar(128), State nvarchar(32), RunId bigint,
-- SqlSha256 char(64), ObjectName nvarchar(258), ObjectSha256 char(64), Created bit, EverCreated bit (a run created it, and no later one dropped it),
-- StartedAt datetime2(7), EndedAt datetime2(7), Detail nvarchar(max).
SELECT t.step AS Step, t.state AS State, t.run_id AS RunId, t.sql_sha256 AS SqlSha256, t.object_name AS ObjectName,
       t.object_sha256 AS ObjectSha256, t.created AS Created, CAST(t.EverCreated AS bit) AS EverCreated,
       t.started_at AS StartedAt, t.ended_at AS EndedAt, t.detail AS Detail
FROM (SELECT s.step, s.state, s.run_id, s.sql_sha256, s.object_name, s.object_sha256, s.created, s.started_at, s.ended_at, s.detail,
             MAX(CASE WHEN s.created = 1 AND s.run_id > s.DroppedBy THEN 1 ELSE 0 END) OVER (PARTITION BY s.step) AS EverCreated,
             ROW_NUMBER() OVER (PARTITION BY s.step ORDER BY s.run_id DESC) AS Newest
      FROM (SELECT phase, step, state, run_id, sql_sha256, object_name, object_sha256, created, started_at, ended_at, detail,
                   MAX(CASE WHEN state = N'dropped' THEN run_id ELSE 0 END) OVER (PARTITION BY phase, step) AS DroppedBy
            FROM hartonomous.steps) AS s
      WHERE s.phase = @P1) AS t
WHERE t.Newest = 1
ORDER BY t.step;
