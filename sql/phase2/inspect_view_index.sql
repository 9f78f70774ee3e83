-- Is dbo.vw_EmbeddingVectors stored, and who would not get along with that? Reads: the catalog. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: IndexName nvarchar(128) (NULL: the view is not stored),
-- IsDisabled bit, RowEstimate bigint, Modules nvarchar(max) (modules made with QUOTED_IDENTIFIER or ANSI_NULLS OFF that name dbo.Atoms
-- or dbo.AtomRelations: if they write, Msg 1934; NULL: none).
SELECT i.name AS IndexName, i.is_disabled AS IsDisabled,
       (SELECT SUM(p.rows) FROM sys.partitions AS p WHERE p.object_id = i.object_id AND p.index_id = i.index_id) AS RowEstimate,
       (SELECT STRING_AGG(CAST(OBJECT_SCHEMA_NAME(m.object_id) + N'.' + OBJECT_NAME(m.object_id) AS nvarchar(max)), N', ')
        FROM sys.sql_modules AS m
        WHERE (m.uses_quoted_identifier = 0 OR m.uses_ansi_nulls = 0)
          AND EXISTS (SELECT 1 FROM sys.sql_expression_dependencies AS x
                      WHERE x.referencing_id = m.object_id
                        AND x.referenced_entity_name IN (N'Atoms', N'AtomRelations'))) AS Modules
FROM (SELECT 1 AS one) AS o
LEFT JOIN sys.indexes AS i ON i.object_id = OBJECT_ID(N'dbo.vw_EmbeddingVectors') AND i.index_id = 1;
