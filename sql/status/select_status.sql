-- One line about what is going on. Reads: hartonomous.control, fence, runs, watermarks, key_ranges, failed_embeddings.
-- Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: State nvarchar(16), Request nvarchar(16),
-- RequestedBy nvarchar(128), AcknowledgedRequest nvarchar(16), AcknowledgedAt datetime2(7), Phase nvarchar(16), RunId bigint,
-- FencingNumber bigint, MaxEmbeddingsPerSecond int, MaxWorkers int, LoginName nvarchar(128), HostName nvarchar(128),
-- ProcessId int, StartedAt, EndedAt datetime2(7), Outcome nvarchar(32), Writers int, EmbeddingsDone bigint, RelationsWritten
-- bigint, AtomsWritten bigint (of all runs with this fencing number), HeldBy nvarchar(400), LastProgressAt datetime2(7),
-- FailedEmbeddings bigint, WaitingDeltas bigint, OpenRanges int, Takeovers int, ServerUtc datetime2(7).
-- Whether the run is alive is what connect/select_application_lock_holder.sql tells. Never waits for a batch.
SELECT c.state AS State, c.request AS Request, c.requested_by AS RequestedBy, c.acknowledged_request AS AcknowledgedRequest,
       c.acknowledged_at AS AcknowledgedAt, c.phase AS Phase, c.run_id AS RunId, f.fencing_number AS FencingNumber,
       c.max_embeddings_per_second AS MaxEmbeddingsPerSecond, c.max_workers AS MaxWorkers, r.login_name AS LoginName,
       r.host_name AS HostName, r.process_id AS ProcessId, r.started_at AS StartedAt, r.ended_at AS EndedAt, r.outcome AS Outcome,
       w.Writers, w.EmbeddingsDone, w.RelationsWritten, w.AtomsWritten, c.held_by AS HeldBy, w.LastProgressAt,
       (SELECT COUNT_BIG(*) FROM hartonomous.failed_embeddings WITH (READUNCOMMITTED)) AS FailedEmbeddings,
       (SELECT COUNT_BIG(*) FROM hartonomous.reference_count_deltas WITH (READUNCOMMITTED)) AS WaitingDeltas,
       k.OpenRanges, k.Takeovers, SYSUTCDATETIME() AS ServerUtc
FROM hartonomous.control AS c
CROSS JOIN hartonomous.fence AS f
LEFT JOIN hartonomous.runs AS r ON r.run_id = c.run_id
OUTER APPLY (SELECT COUNT(*) AS Writers, ISNULL(SUM(m.embeddings_done), 0) AS EmbeddingsDone,
                    ISNULL(SUM(m.relations_written), 0) AS RelationsWritten, ISNULL(SUM(m.atoms_written), 0) AS AtomsWritten,
                    MAX(m.updated_at) AS LastProgressAt
             FROM hartonomous.watermarks AS m WITH (READUNCOMMITTED)
             JOIN hartonomous.runs AS o ON o.run_id = m.run_id
             WHERE o.fencing_number = f.fencing_number) AS w
OUTER APPLY (SELECT ISNULL(SUM(CASE WHEN g.state <> N'done' THEN 1 ELSE 0 END), 0) AS OpenRanges,
                    ISNULL(SUM(g.takeovers), 0) AS Takeovers
             FROM hartonomous.key_ranges AS g WITH (READUNCOMMITTED)
             WHERE g.fencing_number = f.fencing_number) AS k
WHERE c.id = 1 AND f.id = 1;
