-- Since when has phase 2 been complete, by the server's clock? The first run whose proof holds after the last criterion that
-- failed, and after the last rollback that changed anything. Reads: hartonomous.gate_results, hartonomous.steps,
-- dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC. Parameter: @P1 nvarchar(max): JSON array of phase 2's criteria.
-- Result, one row: CompleteSince datetime2(7) (NULL: it is not), LastMigratedAt datetime2(7) (NULL without rows; an embedding
-- that was migrated later was written later), ServerUtc datetime2(7).
SELECT (SELECT MIN(g.measured_at)
        FROM hartonomous.gate_results AS g
        WHERE g.phase = N'phase2' AND g.gate = N'phase2.exactness' AND g.verdict = N'pass'
          AND g.run_id > ISNULL((SELECT MAX(f.run_id)
                                 FROM hartonomous.gate_results AS f
                                 WHERE f.phase = N'phase2' AND f.verdict = N'fail' AND f.gate IN (SELECT j.value FROM OPENJSON(@P1) AS j)), 0)
          AND g.run_id > ISNULL((SELECT MAX(s.run_id)
                                 FROM hartonomous.steps AS s
                                 WHERE s.phase IN (N'rollback phase2', N'rollback phase3')), 0)) AS CompleteSince,
       (SELECT MAX(p.MigratedAt) FROM dbo.EmbeddingMigrationProgress AS p) AS LastMigratedAt,
       SYSUTCDATETIME() AS ServerUtc;
