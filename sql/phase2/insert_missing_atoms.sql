-- Inserts the atoms of the batch that do not exist yet.
-- Reads: #batch_value, dbo.Atoms. Writes: dbo.Atoms. Mode: batch or RPC, inside the batch's transaction.
-- Promise: no duplicate ContentHash; the range locks make a second writer of the same value wait. ReferenceCount starts at 0
-- and rises with add_reference_counts.sql in the same transaction. Result, one row: RowsWritten int.
INSERT INTO dbo.Atoms (ContentHash, Modality, Subtype, AtomicValue, CanonicalText)
SELECT v.ContentHash, N'numeric', N'float32', v.AtomicValue, v.CanonicalText
FROM #batch_value AS v
WHERE NOT EXISTS (SELECT 1 FROM dbo.Atoms AS a WITH (UPDLOCK, HOLDLOCK) WHERE a.ContentHash = v.ContentHash)
ORDER BY v.ContentHash;
SELECT @@ROWCOUNT AS RowsWritten;
