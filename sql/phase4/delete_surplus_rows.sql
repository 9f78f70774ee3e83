-- Removes copies whose embedding is gone. Reads: dbo.AtomEmbeddings, dbo.AtomEmbeddings_InMemory: a scan of the second. Writes:
-- dbo.AtomEmbeddings_InMemory. Mode: RPC, inside a transaction that began with check_fence.sql (else 51060). Parameter: @P1 int: how
-- many at most. Error: 51060 no transaction. Result, one row: RowsWritten int (0: none left).
IF @@TRANCOUNT = 0
    THROW 51060, 'nothing is removed: the batch needs a transaction that checked the fence', 1;
DELETE TOP (@P1) FROM m
FROM dbo.AtomEmbeddings_InMemory AS m WITH (SNAPSHOT)
WHERE NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings AS e WHERE e.AtomEmbeddingId = m.AtomEmbeddingId);
SELECT @@ROWCOUNT AS RowsWritten;
