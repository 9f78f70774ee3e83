-- Takes embeddings back whose rows changed, whose relations are damaged, or that are deleted: their relations and progress rows
-- go, and deltas lower the reference counts by exactly the deleted relations. In the same transaction a changed embedding is
-- written anew; atoms that nothing references any more are removed later (delete_released_atoms.sql).
-- Reads: dbo.AtomEmbeddings. Writes: dbo.AtomRelations, dbo.EmbeddingMigrationProgress, hartonomous.reference_count_deltas.
-- Mode: RPC, inside a transaction that began with check_fence.sql (else 51041). Parameters: @P1 nvarchar(max): JSON array of
-- AtomEmbeddingIds; @P2 bigint: run_id. Error: 51045 the atom of a deleted embedding is not on record.
-- Result, by AtomId: AtomId bigint (lost a reference).
DECLARE @embedding TABLE (AtomEmbeddingId bigint NOT NULL PRIMARY KEY, AtomId bigint NULL, RelationType nvarchar(128) NOT NULL);
DECLARE @deleted TABLE (TargetAtomId bigint NOT NULL);

IF @@TRANCOUNT = 0
    THROW 51041, 'nothing is taken back: the batch needs a transaction that checked the fence', 1;

INSERT INTO @embedding (AtomEmbeddingId, AtomId, RelationType)
SELECT p.AtomEmbeddingId, ISNULL(p.SourceAtomId, e.AtomId), ISNULL(p.RelationType, N'embedding_dimension')
FROM (SELECT DISTINCT AtomEmbeddingId FROM OPENJSON(@P1) WITH (AtomEmbeddingId bigint '$')) AS k
JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = k.AtomEmbeddingId
LEFT JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId;

IF EXISTS (SELECT 1 FROM @embedding WHERE AtomId IS NULL)
    THROW 51045, 'nothing is taken back: a deleted embedding has no SourceAtomId on record', 1;

DELETE r
OUTPUT deleted.TargetAtomId INTO @deleted (TargetAtomId)
FROM dbo.AtomRelations AS r
JOIN @embedding AS e ON e.AtomId = r.SourceAtomId AND e.RelationType = r.RelationType;

INSERT INTO hartonomous.reference_count_deltas (atom_id, delta, run_id)
SELECT TargetAtomId, -COUNT_BIG(*), @P2 FROM @deleted GROUP BY TargetAtomId;

DELETE p
FROM dbo.EmbeddingMigrationProgress AS p
JOIN @embedding AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId;

SELECT DISTINCT TargetAtomId AS AtomId FROM @deleted ORDER BY AtomId;
