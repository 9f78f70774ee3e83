-- What stands on the column in the catalog, by its id: it would refuse the drop with Msg 5074 and 4922, or go with it.
-- Reads: sys.indexes, index_columns, stats, stats_columns, check_constraints, default_constraints, foreign_keys,
-- foreign_key_columns, computed_columns, sql_expression_dependencies, tables (VIEW DEFINITION). Writes: nothing. Mode: RPC.
-- Parameter: @P1 nvarchar(128): the column's name now. Result, by Kind and Name: Kind varchar(32), Name nvarchar(258),
-- Detail nvarchar(400).
SELECT d.Kind, d.Name, d.Detail
FROM (SELECT CAST('index' AS varchar(32)) AS Kind, CAST(i.name AS nvarchar(258)) AS Name,
             CAST(CASE WHEN ic.is_included_column = 1 THEN N'included column' ELSE LOWER(i.type_desc) + N', key column' END AS nvarchar(400)) AS Detail
      FROM sys.index_columns AS ic
      JOIN sys.indexes AS i ON i.object_id = ic.object_id AND i.index_id = ic.index_id
      JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
      WHERE ic.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND c.name = @P1
      UNION ALL
      SELECT 'index', i.name, N'filter ' + i.filter_definition
      FROM sys.indexes AS i
      WHERE i.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND CHARINDEX(QUOTENAME(@P1), i.filter_definition) > 0
      UNION ALL
      SELECT 'statistics', s.name, N'column of the statistics'
      FROM sys.stats_columns AS sc
      JOIN sys.stats AS s ON s.object_id = sc.object_id AND s.stats_id = sc.stats_id
      JOIN sys.columns AS c ON c.object_id = sc.object_id AND c.column_id = sc.column_id
      WHERE sc.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND c.name = @P1
        AND NOT EXISTS (SELECT 1 FROM sys.indexes AS i WHERE i.object_id = s.object_id AND i.index_id = s.stats_id)
      UNION ALL
      SELECT 'statistics', s.name, N'filter ' + s.filter_definition
      FROM sys.stats AS s
      WHERE s.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND CHARINDEX(QUOTENAME(@P1), s.filter_definition) > 0
        AND NOT EXISTS (SELECT 1 FROM sys.indexes AS i WHERE i.object_id = s.object_id AND i.index_id = s.stats_id)
      UNION ALL
      SELECT 'check constraint', k.name, k.definition
      FROM sys.check_constraints AS k
      WHERE k.parent_object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND CHARINDEX(QUOTENAME(@P1), k.definition) > 0
      UNION ALL
      SELECT 'default constraint', f.name, f.definition
      FROM sys.default_constraints AS f
      JOIN sys.columns AS c ON c.object_id = f.parent_object_id AND c.column_id = f.parent_column_id
      WHERE f.parent_object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND c.name = @P1
      UNION ALL
      SELECT 'foreign key', OBJECT_NAME(x.constraint_object_id), N'column of the key'
      FROM sys.foreign_key_columns AS x
      JOIN sys.columns AS c ON (c.object_id = x.parent_object_id AND c.column_id = x.parent_column_id)
                            OR (c.object_id = x.referenced_object_id AND c.column_id = x.referenced_column_id)
      WHERE c.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND c.name = @P1
      UNION ALL
      SELECT 'computed column', p.name, p.definition
      FROM sys.computed_columns AS p
      WHERE p.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND CHARINDEX(QUOTENAME(@P1), p.definition) > 0
      UNION ALL
      SELECT 'schema-bound module', OBJECT_SCHEMA_NAME(e.referencing_id) + N'.' + OBJECT_NAME(e.referencing_id), N'bound to the column'
      FROM sys.sql_expression_dependencies AS e
      JOIN sys.columns AS c ON c.object_id = e.referenced_id AND c.column_id = e.referenced_minor_id
      WHERE e.referenced_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND c.name = @P1 AND e.is_schema_bound_reference = 1
        AND e.referencing_id <> e.referenced_id
      UNION ALL
      SELECT 'replication', t.name, CASE WHEN t.is_tracked_by_cdc = 1 THEN N'change data capture is on for the table' ELSE N'the table is published' END
      FROM sys.tables AS t
      WHERE t.object_id = OBJECT_ID(N'dbo.AtomEmbeddings') AND (t.is_tracked_by_cdc = 1 OR t.is_replicated = 1 OR t.is_merge_published = 1)) AS d
ORDER BY d.Kind, d.Name;
