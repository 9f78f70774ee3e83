-- Gate: no position twice. Reads: dbo.AtomRelations, one range of source atoms. Writes: nothing. Mode: RPC.
-- Parameters: @P1 bigint: SourceAtomIds above it; @P2 bigint: up to it; @P3 int: at most so many rows.
-- Result, by all three: SourceAtomId bigint, RelationType nvarchar(128), SequenceIndex int, Relations bigint.
SELECT TOP (@P3) r.SourceAtomId, r.RelationType, r.SequenceIndex, COUNT_BIG(*) AS Relations
FROM dbo.AtomRelations AS r
WHERE r.SourceAtomId > @P1
  AND r.SourceAtomId <= @P2
  AND (r.RelationType = N'embedding_dimension' OR r.RelationType LIKE N'embedding[_]dimension:%')
GROUP BY r.SourceAtomId, r.RelationType, r.SequenceIndex
HAVING COUNT_BIG(*) > 1
ORDER BY r.SourceAtomId, r.RelationType, r.SequenceIndex;
