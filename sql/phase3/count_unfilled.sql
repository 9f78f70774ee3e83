-- Un-drop: how far is it? Reads: dbo.AtomEmbeddings, dbo.EmbeddingMigrationProgress. Writes: nothing. Mode: batch or RPC, no
-- parameters. Marker: Column (the quoted name). Result, one row: Migrated bigint, Unfilled bigint (migrated, column NULL),
-- WithoutVector bigint (rows whose column stays NULL: not migrated).
SELECT COUNT_BIG(p.AtomEmbeddingId) AS Migrated,
       COUNT_BIG(CASE WHEN p.AtomEmbeddingId IS NOT NULL AND e./*{Column}*/EmbeddingVector/*{end}*/ IS NULL THEN 1 END) AS Unfilled,
       COUNT_BIG(CASE WHEN p.AtomEmbeddingId IS NULL THEN 1 END) AS WithoutVector
FROM dbo.AtomEmbeddings AS e
LEFT JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId;
