SET NOCOUNT ON;
DECLARE @id int = (SELECT o.object_id FROM sys.tables AS o WHERE o.name = @table_name AND SCHEMA_NAME(o.schema_id) = ISNULL(NULLIF(@table_owner, N''), SCHEMA_NAME())
                   AND (@table_qualifier IS NULL OR @table_qualifier = DB_NAME()));
DECLARE @rows int = (SELECT SUM(p.row_count) FROM sys.dm_db_partition_stats AS p WHERE p.object_id = @id AND p.index_id < 2);
DECLARE @pages int = (SELECT SUM(p.in_row_data_page_count) FROM sys.dm_db_partition_stats AS p WHERE p.object_id = @id AND p.index_id < 2);
SELECT s.TABLE_QUALIFIER, s.TABLE_OWNER, s.TABLE_NAME, s.NON_UNIQUE, s.INDEX_QUALIFIER, s.INDEX_NAME, s.TYPE, s.SEQ_IN_INDEX, s.COLUMN_NAME,
       s.COLLATION, s.CARDINALITY, s.PAGES, s.FILTER_CONDITION
FROM (
    SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, CAST(SCHEMA_NAME(o.schema_id) AS sysname) AS TABLE_OWNER, o.name AS TABLE_NAME,
           CAST(NULL AS smallint) AS NON_UNIQUE, CAST(NULL AS sysname) AS INDEX_QUALIFIER, CAST(NULL AS sysname) AS INDEX_NAME,
           CAST(0 AS smallint) AS TYPE, CAST(NULL AS smallint) AS SEQ_IN_INDEX, CAST(NULL AS sysname) AS COLUMN_NAME,
           CAST(NULL AS char(1)) AS COLLATION, @rows AS CARDINALITY, @pages AS PAGES, CAST(NULL AS nvarchar(max)) AS FILTER_CONDITION
    FROM sys.tables AS o WHERE o.object_id = @id
    UNION ALL
    SELECT DB_NAME(), SCHEMA_NAME(o.schema_id), o.name, CASE WHEN i.is_unique = 1 THEN 0 ELSE 1 END, o.name, i.name,
           CASE WHEN i.index_id = 1 THEN 1 ELSE 3 END, x.key_ordinal, c.name, CASE WHEN x.is_descending_key = 1 THEN 'D' ELSE 'A' END,
           CASE WHEN i.index_id = 1 THEN @rows END, CASE WHEN i.index_id = 1 THEN @pages END, i.filter_definition
    FROM sys.tables AS o
    JOIN sys.indexes AS i ON i.object_id = o.object_id AND i.type IN (1, 2)
    JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id AND x.key_ordinal > 0
    JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
    WHERE o.object_id = @id AND i.name LIKE @index_name AND (@is_unique <> 'Y' OR i.is_unique = 1)
) AS s
ORDER BY CASE WHEN s.TYPE = 0 THEN 0 ELSE 1 END, s.NON_UNIQUE, s.TYPE, s.INDEX_NAME, s.SEQ_IN_INDEX;
