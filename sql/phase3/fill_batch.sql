-- Un-drop: writes the vectors of a key range, each rebuilt from its atoms: text of 17 digits, which a float32 survives, padded
-- with zeros to the column's width. Reads: dbo.EmbeddingMigrationProgress, dbo.AtomRelations, dbo.Atoms. Writes:
-- dbo.AtomEmbeddings, rows whose column is still NULL. Mode: RPC, inside a transaction that began with check_fence.sql (else 51050).
-- Parameters: @P1 bigint: AtomEmbeddingIds above it; @P2 bigint: up to it. Markers: Column (the quoted name), Dimensions, VectorType.
-- Errors: 51050 no transaction; 51051 an embedding has no decodable atoms for every position, nothing is written.
-- Result, one row: RowsWritten int.
DECLARE @wanted bigint, @rows bigint;
IF @@TRANCOUNT = 0
    THROW 51050, 'nothing is filled: the batch needs a transaction that checked the fence', 1;
SELECT @wanted = COUNT_BIG(*)
FROM dbo.EmbeddingMigrationProgress AS p
JOIN dbo.AtomEmbeddings AS e WITH (UPDLOCK) ON e.AtomEmbeddingId = p.AtomEmbeddingId
WHERE p.AtomEmbeddingId > @P1 AND p.AtomEmbeddingId <= @P2 AND e./*{Column}*/EmbeddingVector/*{end}*/ IS NULL;
UPDATE e
SET e./*{Column}*/EmbeddingVector/*{end}*/ = CAST('[' + t.Body + REPLICATE(CAST(',0' AS varchar(max)), /*{Dimensions}*/1998/*{end}*/ - t.Decoded) + ']'
                                                  AS /*{VectorType}*/vector(1998)/*{end}*/)
FROM dbo.AtomEmbeddings AS e
JOIN dbo.EmbeddingMigrationProgress AS p ON p.AtomEmbeddingId = e.AtomEmbeddingId
CROSS APPLY (SELECT COUNT_BIG(*) AS Relations, COUNT_BIG(x.ComponentValue) AS Decoded,
                    STRING_AGG(CAST(CONVERT(varchar(40), CAST(x.ComponentValue AS float), 3) AS varchar(max)), ',')
                        WITHIN GROUP (ORDER BY x.SequenceIndex) AS Body
             FROM (SELECT r.SequenceIndex,
                          CAST(CASE WHEN DATALENGTH(a.AtomicValue) <> 4 OR (CAST(a.AtomicValue AS int) & 2139095040) = 2139095040
                                    THEN NULL
                                    WHEN (CAST(a.AtomicValue AS int) & 2139095040) = 0
                                    THEN CAST(CAST(a.AtomicValue AS int) & 8388607 AS float) * POWER(CAST(2 AS float), -149)
                                    ELSE CAST(8388608 + (CAST(a.AtomicValue AS int) & 8388607) AS float)
                                         * POWER(CAST(2 AS float), (CAST(a.AtomicValue AS int) & 2139095040) / 8388608 - 150)
                               END
                               * CASE WHEN CAST(a.AtomicValue AS int) < 0 THEN -1e0 ELSE 1e0 END AS real) AS ComponentValue
                   FROM dbo.AtomRelations AS r
                   JOIN dbo.Atoms AS a ON a.AtomId = r.TargetAtomId
                   WHERE r.SourceAtomId = e.AtomId AND r.RelationType = ISNULL(p.RelationType, N'embedding_dimension')) AS x) AS t
WHERE p.AtomEmbeddingId > @P1 AND p.AtomEmbeddingId <= @P2 AND e./*{Column}*/EmbeddingVector/*{end}*/ IS NULL
  AND t.Decoded = e.Dimension AND t.Relations = e.Dimension AND t.Decoded BETWEEN 1 AND /*{Dimensions}*/1998/*{end}*/;
SET @rows = @@ROWCOUNT;
IF @rows <> @wanted
    THROW 51051, 'nothing is filled: an embedding of the range has not one decodable atom for every position', 1;
SELECT CAST(@rows AS int) AS RowsWritten;
