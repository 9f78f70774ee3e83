-- Takes a batch of embeddings back: deletes their relations and progress rows, lowers reference counts by exactly the deleted
-- relations, and removes the float32 atoms that fell to 0 and that nothing references. For rollback, and for one embedding
-- that is migrated again.
-- Reads: dbo.AtomEmbeddings. Writes: dbo.AtomRelations, dbo.Atoms, dbo.EmbeddingMigrationProgress. Mode: RPC, inside a
-- transaction that began with check_fence.sql (else 51041). Parameters: @P1 nvarchar(max): JSON array of AtomEmbeddingIds;
-- @P2 datetime2(7), with the marker filled. Marker: OnlyNewAtoms, `AND a.CreatedAt >= @P2` keeps the atoms that were there before.
-- Promise: guard and deed are one batch. It names EmbeddingVector, so without the column it is Msg 207 and nothing runs.
-- Errors: 51041 no transaction; 51042 an embedding of the batch has no stored vector (never waived); 51043 an embedding is
-- gone, so its relations cannot be told from others; 51044 a reference count would fall below 0.
-- Result, one row: DeletedRelations int, DeletedProgress int, DeletedAtoms int.
DECLARE @embedding TABLE (AtomEmbeddingId bigint NOT NULL PRIMARY KEY, AtomId bigint NULL, RelationType nvarchar(128) NOT NULL,
                          HasVector int NOT NULL);
DECLARE @deleted TABLE (TargetAtomId bigint NOT NULL);
DECLARE @released TABLE (AtomId bigint NOT NULL PRIMARY KEY, Uses bigint NOT NULL);
DECLARE @relations int, @progress int, @atoms int;

IF @@TRANCOUNT = 0
    THROW 51041, 'nothing is taken back: the batch needs a transaction that checked the fence', 1;

INSERT INTO @embedding (AtomEmbeddingId, AtomId, RelationType, HasVector)
SELECT p.AtomEmbeddingId, e.AtomId, ISNULL(p.RelationType, N'embedding_dimension'),
       CASE WHEN e.EmbeddingVector IS NULL THEN 0 ELSE 1 END
FROM (SELECT DISTINCT AtomEmbeddingId FROM OPENJSON(@P1) WITH (AtomEmbeddingId bigint '$')) AS k
JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = k.AtomEmbeddingId
LEFT JOIN dbo.AtomEmbeddings AS e WITH (REPEATABLEREAD) ON e.AtomEmbeddingId = p.AtomEmbeddingId;

IF EXISTS (SELECT 1 FROM @embedding WHERE AtomId IS NULL)
    THROW 51043, 'nothing is taken back: an embedding of the batch does not exist any more', 1;
IF EXISTS (SELECT 1 FROM @embedding WHERE HasVector = 0)
    THROW 51042, 'nothing is taken back: an embedding of the batch has no stored vector, its atoms are the only copy', 1;

DELETE r
OUTPUT deleted.TargetAtomId INTO @deleted (TargetAtomId)
FROM dbo.AtomRelations AS r
JOIN @embedding AS e ON e.AtomId = r.SourceAtomId AND e.RelationType = r.RelationType;
SET @relations = @@ROWCOUNT;

INSERT INTO @released (AtomId, Uses)
SELECT TargetAtomId, COUNT_BIG(*) FROM @deleted GROUP BY TargetAtomId;

UPDATE a
SET a.ReferenceCount = a.ReferenceCount - d.Uses
FROM dbo.Atoms AS a
JOIN @released AS d ON d.AtomId = a.AtomId;

IF EXISTS (SELECT 1 FROM dbo.Atoms AS a JOIN @released AS d ON d.AtomId = a.AtomId WHERE a.ReferenceCount < 0)
    THROW 51044, 'nothing is taken back: a reference count would fall below zero, so it was wrong before', 1;

DELETE p
FROM dbo.EmbeddingMigrationProgress AS p
JOIN @embedding AS e ON e.AtomEmbeddingId = p.AtomEmbeddingId;
SET @progress = @@ROWCOUNT;

DELETE a
FROM dbo.Atoms AS a
JOIN @released AS d ON d.AtomId = a.AtomId
WHERE a.ReferenceCount = 0
  AND a.Modality = N'numeric' AND a.Subtype = N'float32' /*{OnlyNewAtoms}*//*{end}*/
  AND NOT EXISTS (SELECT 1 FROM dbo.AtomRelations AS r WHERE r.TargetAtomId = a.AtomId)
  AND NOT EXISTS (SELECT 1 FROM dbo.AtomRelations AS r WHERE r.SourceAtomId = a.AtomId)
  AND NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings AS e WHERE e.AtomId = a.AtomId);
SET @atoms = @@ROWCOUNT;

SELECT @relations AS DeletedRelations, @progress AS DeletedProgress, @atoms AS DeletedAtoms;
