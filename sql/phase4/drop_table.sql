-- Rollback: drops the memory-optimised copy; dbo.AtomEmbeddings holds every row of it. Its natively compiled procedures, which are
-- bound to it, go first. Writes: the table. Mode: batch, not inside a transaction (Msg 12331). No result.
DROP TABLE dbo.AtomEmbeddings_InMemory;
