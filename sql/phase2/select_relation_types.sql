-- Which relation types of the embedding family do atoms have already?
-- Reads: dbo.AtomRelations. Writes: nothing. Mode: RPC, inside the batch's transaction after lock_source_atoms.sql.
-- Parameter: @P1 nvarchar(max): JSON array of AtomIds. Result, by both columns: SourceAtomId bigint, RelationType nvarchar(128).
SELECT DISTINCT r.SourceAtomId, r.RelationType
FROM OPENJSON(@P1) WITH (AtomId bigint '$') AS k
JOIN dbo.AtomRelations AS r ON r.SourceAtomId = k.AtomId
WHERE r.RelationType = N'embedding_dimension' OR r.RelationType LIKE N'embedding[_]dimension:%'
ORDER BY r.SourceAtomId, r.RelationType;
