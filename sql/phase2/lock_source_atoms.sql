-- Locks the atoms that a batch's embeddings belong to, so that two writers never choose a relation type for one atom at once.
-- Reads: dbo.Atoms, with update locks until the transaction ends, in the order of AtomId. Writes: nothing.
-- Mode: RPC, inside the batch's transaction. Parameter: @P1 nvarchar(max): JSON array of AtomIds, distinct and ascending.
-- Result: AtomId bigint, one row per atom that exists, ascending.
SELECT a.AtomId
FROM dbo.Atoms AS a WITH (UPDLOCK, HOLDLOCK)
JOIN OPENJSON(@P1) WITH (AtomId bigint '$') AS k ON k.AtomId = a.AtomId
ORDER BY a.AtomId;
