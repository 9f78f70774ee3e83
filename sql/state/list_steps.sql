-- The last recorded state of every step of a phase, over all runs. Reads: hartonomous.steps. Writes: nothing. Mode: RPC.
-- Parameter: @P1 nvarchar(16): phase. Result, by Step: Step nvarchar(128), State nvarchar(32), RunId bigint,
-- SqlSha256 char(64), ObjectName nvarchar(258), ObjectSha256 char(64), Created bit, EverCreated bit (some run created it),
-- StartedAt datetime2(7), EndedAt datetime2(7), Detail nvarchar(max).
SELECT t.step AS Step, t.state AS State, t.run_id AS RunId, t.sql_sha256 AS SqlSha256, t.object_name AS ObjectName,
       t.object_sha256 AS ObjectSha256, t.created AS Created, CAST(t.EverCreated AS bit) AS EverCreated,
       t.started_at AS StartedAt, t.ended_at AS EndedAt, t.detail AS Detail
FROM (SELECT s.step, s.state, s.run_id, s.sql_sha256, s.object_name, s.object_sha256, s.created, s.started_at, s.ended_at, s.detail,
             MAX(CAST(s.created AS int)) OVER (PARTITION BY s.step) AS EverCreated,
             ROW_NUMBER() OVER (PARTITION BY s.step ORDER BY s.run_id DESC) AS Newest
      FROM hartonomous.steps AS s
      WHERE s.phase = @P1) AS t
WHERE t.Newest = 1
ORDER BY t.step;
