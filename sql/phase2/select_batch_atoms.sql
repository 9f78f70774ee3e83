-- Reads the atoms of the batch's values back.
-- Reads: #batch_value, dbo.Atoms. Writes: nothing. Mode: batch or RPC, inside the batch's transaction.
-- Result, one row per value, by ContentHash: ContentHash binary(32), AtomId bigint, AtomicValue varbinary(64) (of the atom;
-- the client refuses one that differs from the value's four bytes, or is NULL).
SELECT v.ContentHash, a.AtomId, a.AtomicValue
FROM #batch_value AS v
JOIN dbo.Atoms AS a ON a.ContentHash = v.ContentHash
ORDER BY v.ContentHash;
