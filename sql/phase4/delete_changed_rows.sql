-- Removes the copies of a key range that are not as dbo.AtomEmbeddings has them, so that copy_batch.sql, in the same transaction,
-- copies them anew. Texts are compared by their bytes: a collation would not see a change of case. Reads: dbo.AtomEmbeddings. Writes:
-- dbo.AtomEmbeddings_InMemory. Mode: RPC, inside a transaction that began with check_fence.sql (else 51060). Parameters: @P1 bigint:
-- AtomEmbeddingIds above it; @P2 bigint: up to it. Markers: Copied, Original (the optional columns, comparable, each after a comma).
-- Error: 51060 no transaction. Result, one row: RowsWritten int.
IF @@TRANCOUNT = 0
    THROW 51060, 'nothing is removed: the batch needs a transaction that checked the fence', 1;
DELETE FROM m
FROM dbo.AtomEmbeddings_InMemory AS m WITH (SNAPSHOT)
JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = m.AtomEmbeddingId
WHERE e.AtomEmbeddingId > @P1 AND e.AtomEmbeddingId <= @P2
  AND EXISTS (SELECT m.AtomId, m.Dimension/*{Copied}*//*{end}*/ EXCEPT SELECT e.AtomId, e.Dimension/*{Original}*//*{end}*/);
SELECT @@ROWCOUNT AS RowsWritten;
