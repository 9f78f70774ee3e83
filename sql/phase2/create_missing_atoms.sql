-- Creates the atoms of the batch that do not exist yet, with their reference counts, and reads the ids of all.
-- Reads: #batch_value, dbo.Atoms. Writes: dbo.Atoms. Mode: batch or RPC, inside the batch's transaction.
-- Promise: no duplicate ContentHash, by the unique key. Two writers wait for each other only where both create the same value
-- at the same time: the check waits for the other's row (READCOMMITTEDLOCK, so under read committed snapshot too); in the gap
-- between check and insert it is Msg 2601 or 2627, and the batch is tried again. Rows are locked in the order of ContentHash.
-- Result, one row per value, by ContentHash: ContentHash binary(32), AtomId bigint, AtomicValue varbinary(64) (of the atom; the
-- client refuses one that differs from the value's four bytes, or is NULL), Created bit.
DECLARE @created TABLE (AtomId bigint NOT NULL PRIMARY KEY);
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, CanonicalText, ReferenceCount)
OUTPUT inserted.AtomId INTO @created (AtomId)
SELECT v.ContentHash, N'numeric', N'float32', v.AtomicValue, v.CanonicalText, v.RelationCount
FROM #batch_value AS v
WHERE NOT EXISTS (SELECT 1 FROM dbo.Atoms AS a WITH (READCOMMITTEDLOCK) WHERE a.ContentHash = v.ContentHash)
ORDER BY v.ContentHash;
SELECT v.ContentHash, a.AtomId, a.AtomicValue,
       CAST(CASE WHEN c.AtomId IS NULL THEN 0 ELSE 1 END AS bit) AS Created
FROM #batch_value AS v
JOIN dbo.Atoms AS a ON a.ContentHash = v.ContentHash
LEFT JOIN @created AS c ON c.AtomId = a.AtomId
ORDER BY v.ContentHash;
