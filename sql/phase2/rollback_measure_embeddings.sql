-- Rollback's proof: dbo.AtomEmbeddings, which a rollback never writes. Count, count with a vector, and two sums over the
-- SHA-256 of each row; the vector goes in as its text, since a vector cannot be hashed (Msg 8116) and its dot product with itself
-- may overflow (Msg 8115). Reads: dbo.AtomEmbeddings: a scan. Writes: nothing. Mode: RPC. Parameter: @P1 bigint: AtomEmbeddingIds
-- up to it. Result, one row: Total bigint, WithVector bigint, First, Second bigint (0 without rows).
SELECT COUNT_BIG(*) AS Total, COUNT_BIG(t.VectorHash) AS WithVector,
       ISNULL(SUM(CAST(CAST(SUBSTRING(t.RowHash, 1, 4) AS int) AS bigint)), 0) AS [First],
       ISNULL(SUM(CAST(CAST(SUBSTRING(t.RowHash, 5, 4) AS int) AS bigint)), 0) AS [Second]
FROM (SELECT v.VectorHash, HASHBYTES('SHA2_256', CONCAT(v.AtomEmbeddingId, N'|', v.AtomId, N'|', v.Dimension, N'|',
                                                        CONVERT(varchar(64), v.VectorHash, 2))) AS RowHash
      FROM (SELECT e.AtomEmbeddingId, e.AtomId, e.Dimension,
                   HASHBYTES('SHA2_256', CAST(e.EmbeddingVector AS varchar(max))) AS VectorHash
            FROM dbo.AtomEmbeddings AS e
            WHERE e.AtomEmbeddingId <= @P1) AS v) AS t;
