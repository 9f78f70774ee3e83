-- How far is phase 2? For a person who looks while it runs: waits for no batch, and may count one that is rolled back.
-- Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress, uncommitted rows too. Writes: nothing. Mode: batch or RPC.
-- Result, one row: WithVector bigint, Migrated bigint.
SELECT COUNT_BIG(*) AS WithVector,
       ISNULL(SUM(CASE WHEN p.AtomEmbeddingId IS NULL THEN CAST(0 AS bigint) ELSE CAST(1 AS bigint) END), 0) AS Migrated
FROM dbo.AtomEmbeddings AS e WITH (READUNCOMMITTED)
LEFT JOIN dbo.EmbeddingMigrationProgress AS p WITH (READUNCOMMITTED) ON p.AtomEmbeddingId = e.AtomEmbeddingId
WHERE e.EmbeddingVector IS NOT NULL;
