-- One line about what is going on. Reads: hartonomous.control, runs, watermarks, failed_embeddings. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: State nvarchar(16), Request nvarchar(16), Phase nvarchar(16),
-- RunId bigint, FencingNumber bigint, MaxEmbeddingsPerSecond int, LoginName nvarchar(128), HostName nvarchar(128),
-- ProcessId int, StartedAt, EndedAt datetime2(7), Outcome nvarchar(32), Writers int, EmbeddingsDone bigint,
-- RelationsWritten bigint, AtomsWritten bigint, HeldBy nvarchar(400), LastProgressAt datetime2(7), FailedEmbeddings bigint,
-- ServerUtc datetime2(7). Whether the run is alive is what connect/select_application_lock_holder.sql tells.
SELECT c.state AS State, c.request AS Request, c.phase AS Phase, c.run_id AS RunId, c.fencing_number AS FencingNumber,
       c.max_embeddings_per_second AS MaxEmbeddingsPerSecond, r.login_name AS LoginName, r.host_name AS HostName,
       r.process_id AS ProcessId, r.started_at AS StartedAt, r.ended_at AS EndedAt, r.outcome AS Outcome,
       w.Writers, w.EmbeddingsDone, w.RelationsWritten, w.AtomsWritten, w.HeldBy, w.LastProgressAt,
       (SELECT COUNT_BIG(*) FROM hartonomous.failed_embeddings) AS FailedEmbeddings, SYSUTCDATETIME() AS ServerUtc
FROM hartonomous.control AS c
LEFT JOIN hartonomous.runs AS r ON r.run_id = c.run_id
OUTER APPLY (SELECT COUNT(*) AS Writers, ISNULL(SUM(m.embeddings_done), 0) AS EmbeddingsDone,
                    ISNULL(SUM(m.relations_written), 0) AS RelationsWritten, ISNULL(SUM(m.atoms_written), 0) AS AtomsWritten,
                    MAX(m.held_by) AS HeldBy, MAX(m.updated_at) AS LastProgressAt
             FROM hartonomous.watermarks AS m
             WHERE m.run_id = c.run_id) AS w
WHERE c.id = 1;
