-- Copies the rows of a key range that the memory-optimised table does not have yet, identity values kept. Reads: dbo.AtomEmbeddings.
-- Writes: dbo.AtomEmbeddings_InMemory. Mode: RPC, inside a transaction that began with check_fence.sql (else 51060). The hint SNAPSHOT
-- is needed where READ_COMMITTED_SNAPSHOT is on (Msg 41359) and for reads inside a transaction (Msg 41368). Parameters: @P1 bigint:
-- AtomEmbeddingIds above it; @P2 bigint: up to it. Markers: Columns, SourceColumns (the optional columns, each after a comma).
-- Error: 51060 no transaction. Result, one row: RowsWritten int.
DECLARE @rows int;
IF @@TRANCOUNT = 0
    THROW 51060, 'nothing is copied: the batch needs a transaction that checked the fence', 1;
SET IDENTITY_INSERT dbo.AtomEmbeddings_InMemory ON;
INSERT INTO dbo.AtomEmbeddings_InMemory WITH (SNAPSHOT) (AtomEmbeddingId, AtomId, Dimension/*{Columns}*//*{end}*/)
SELECT e.AtomEmbeddingId, e.AtomId, e.Dimension/*{SourceColumns}*//*{end}*/
FROM dbo.AtomEmbeddings AS e
WHERE e.AtomEmbeddingId > @P1 AND e.AtomEmbeddingId <= @P2
  AND NOT EXISTS (SELECT 1 FROM dbo.AtomEmbeddings_InMemory AS m WITH (SNAPSHOT) WHERE m.AtomEmbeddingId = e.AtomEmbeddingId);
SET @rows = @@ROWCOUNT;
SET IDENTITY_INSERT dbo.AtomEmbeddings_InMemory OFF;
SELECT @rows AS RowsWritten;
