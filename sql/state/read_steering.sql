-- What the running migration is asked to do, and who else works on it. Reads: hartonomous.control, fence, key_ranges.
-- Writes: nothing. Mode: RPC. Parameters: @P1 bigint: fencing number; @P2 bigint: run_id of the reader.
-- Result, one row: FencingNumber bigint, Request nvarchar(16), MaxEmbeddingsPerSecond int, MaxWorkers int,
-- Members int (runs with a living lease, the reader counted), OthersDone bigint (embeddings that other runs migrated),
-- OpenRanges int (leased or free), TakeableRanges int (free, or the lease has run out), ServerTime datetime2(7) (local: maintenance windows).
SELECT f.fencing_number AS FencingNumber, c.request AS Request, c.max_embeddings_per_second AS MaxEmbeddingsPerSecond,
       c.max_workers AS MaxWorkers,
       1 + (SELECT COUNT(DISTINCT k.run_id)
            FROM hartonomous.key_ranges AS k WITH (READCOMMITTEDLOCK, READPAST)
            WHERE k.fencing_number = @P1 AND k.state = N'leased' AND k.run_id <> @P2 AND k.leased_until >= SYSUTCDATETIME()) AS Members,
       ISNULL((SELECT SUM(w.embeddings_done)
               FROM hartonomous.watermarks AS w WITH (READCOMMITTEDLOCK, READPAST)
               JOIN hartonomous.runs AS r ON r.run_id = w.run_id
               WHERE r.fencing_number = @P1 AND r.run_id <> @P2), 0) AS OthersDone,
       (SELECT COUNT(*) FROM hartonomous.key_ranges AS k WITH (READUNCOMMITTED)
        WHERE k.fencing_number = @P1 AND k.state <> N'done') AS OpenRanges,
       (SELECT COUNT(*) FROM hartonomous.key_ranges AS k WITH (READUNCOMMITTED)
        WHERE k.fencing_number = @P1
          AND (k.state = N'free' OR (k.state = N'leased' AND k.leased_until < SYSUTCDATETIME()))) AS TakeableRanges,
       SYSDATETIME() AS ServerTime
FROM hartonomous.control AS c
CROSS JOIN hartonomous.fence AS f
WHERE c.id = 1 AND f.id = 1;
