-- Reads single components exactly. VECTOR_DISTANCE('dot', v, e_i) is -v[i], widened from float32 without loss.
-- Reads: dbo.AtomEmbeddings, #unit (create_unit_vectors.sql, same connection). Writes: nothing. Mode: RPC.
-- Parameter: @P1 nvarchar(max): JSON array of objects with e = AtomEmbeddingId and i = component index from 0.
-- Result, by both ids: AtomEmbeddingId bigint, ComponentIndex int, ComponentValue real (-0 counts as +0).
-- Promise: one row per object, unless the embedding is gone or its vector NULL; the client checks the count.
SELECT e.AtomEmbeddingId, k.ComponentIndex,
       CAST(-VECTOR_DISTANCE('dot', e.EmbeddingVector, u.UnitVector) AS real) AS ComponentValue
FROM OPENJSON(@P1) WITH (AtomEmbeddingId bigint '$.e', ComponentIndex int '$.i') AS k
JOIN dbo.AtomEmbeddings AS e ON e.AtomEmbeddingId = k.AtomEmbeddingId
JOIN #unit AS u ON u.ComponentIndex = k.ComponentIndex
WHERE e.EmbeddingVector IS NOT NULL
ORDER BY e.AtomEmbeddingId, k.ComponentIndex;
