-- Gate: every relation of the embedding family points to a 4-byte value, whoever made the atom. Reads: dbo.AtomRelations,
-- dbo.Atoms. Writes: nothing. Mode: RPC. Parameter: @P1 int: at most so many rows. Result, by AtomId: AtomId bigint,
-- Modality nvarchar(64), Subtype nvarchar(128), ValueLength int (NULL: no value).
SELECT TOP (@P1) a.AtomId, a.Modality, a.Subtype, CAST(DATALENGTH(a.AtomicValue) AS int) AS ValueLength
FROM dbo.Atoms AS a
WHERE (a.AtomicValue IS NULL OR DATALENGTH(a.AtomicValue) <> 4 OR (CAST(a.AtomicValue AS int) & 2139095040) = 2139095040)
  AND EXISTS (SELECT 1 FROM dbo.AtomRelations AS r
              WHERE r.TargetAtomId = a.AtomId
                AND (r.RelationType = N'embedding_dimension' OR r.RelationType LIKE N'embedding[_]dimension:%'))
ORDER BY a.AtomId;
