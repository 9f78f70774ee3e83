-- Locks dbo.AtomEmbeddings against everybody until the transaction ends, and looks what has changed since every vector was
-- proven. Reads: dbo.AtomEmbeddings (a scan under the lock), dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: RPC, inside
-- a transaction that checked the fence. Parameter: @P1 datetime2(7): when the proof began, UTC. Marker: LastUpdated; without the
-- column only rows that are not migrated are seen. Result, one row: Unmigrated bigint (with a vector and without a progress row),
-- Changed bigint (updated after the proof began), FirstId bigint.
SELECT ISNULL(SUM(CAST(t.IsUnmigrated AS bigint)), 0) AS Unmigrated, ISNULL(SUM(CAST(t.IsChanged AS bigint)), 0) AS Changed,
       MIN(CASE WHEN t.IsUnmigrated = 1 OR t.IsChanged = 1 THEN t.AtomEmbeddingId END) AS FirstId
FROM (SELECT e.AtomEmbeddingId, CASE WHEN e.HasVector = 1 AND p.AtomEmbeddingId IS NULL THEN 1 ELSE 0 END AS IsUnmigrated,
             CASE WHEN p.AtomEmbeddingId IS NOT NULL AND e.LastUpdated >= @P1 THEN 1 ELSE 0 END AS IsChanged
      FROM (SELECT AtomEmbeddingId, CASE WHEN EmbeddingVector IS NULL THEN 0 ELSE 1 END AS HasVector,
                   /*{LastUpdated}*/CAST(NULL AS datetime2(7))/*{end}*/ AS LastUpdated
            FROM dbo.AtomEmbeddings WITH (TABLOCKX, HOLDLOCK)) AS e
      LEFT JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId) AS t;
