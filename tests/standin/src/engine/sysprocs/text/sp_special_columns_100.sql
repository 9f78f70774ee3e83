SET NOCOUNT ON;
DECLARE @id int = (SELECT o.object_id FROM sys.tables AS o WHERE o.name = @table_name AND SCHEMA_NAME(o.schema_id) = ISNULL(NULLIF(@table_owner, N''), SCHEMA_NAME())
                   AND (@table_qualifier IS NULL OR @table_qualifier = DB_NAME()));
-- The primary key, or else the unique index with the least number; one whose columns are all NOT NULL when the caller wants no NULL.
DECLARE @index int = (SELECT TOP (1) i.index_id FROM sys.indexes AS i
                      WHERE i.object_id = @id AND i.is_unique = 1 AND i.has_filter = 0
                        AND (@nullable <> 'O' OR NOT EXISTS (SELECT 1 FROM sys.index_columns AS x
                             JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
                             WHERE x.object_id = i.object_id AND x.index_id = i.index_id AND x.key_ordinal > 0 AND c.is_nullable = 1))
                      ORDER BY i.is_primary_key DESC, i.index_id);
IF @col_type = 'V'
    SELECT CAST(NULL AS smallint) AS SCOPE, c.name AS COLUMN_NAME, CAST(-2 AS smallint) AS DATA_TYPE, CAST('timestamp' AS sysname) AS TYPE_NAME,
           CAST(8 AS int) AS [PRECISION], CAST(8 AS int) AS [LENGTH], CAST(NULL AS smallint) AS SCALE, CAST(1 AS smallint) AS PSEUDO_COLUMN
    FROM sys.columns AS c WHERE c.object_id = @id AND c.system_type_id = 189;
ELSE
    SELECT CAST(CASE @scope WHEN 'C' THEN 0 ELSE 1 END AS smallint) AS SCOPE, c.name AS COLUMN_NAME, CAST(f.data_type AS smallint) AS DATA_TYPE,
           CAST(CASE WHEN c.is_identity = 0 THEN t.name WHEN t.name IN ('decimal', 'numeric') THEN t.name + '() identity' ELSE t.name + ' identity' END AS sysname) AS TYPE_NAME,
           CAST(COALESCE(f.digits, CASE t.name WHEN 'float' THEN CASE WHEN @ODBCVer < 3 THEN 15 ELSE 53 END WHEN 'real' THEN CASE WHEN @ODBCVer < 3 THEN 7 ELSE 24 END
                                               WHEN 'time' THEN 8 + SIGN(c.scale) + c.scale WHEN 'datetime2' THEN 19 + SIGN(c.scale) + c.scale
                                               WHEN 'datetimeoffset' THEN 26 + SIGN(c.scale) + c.scale WHEN 'decimal' THEN c.precision WHEN 'numeric' THEN c.precision
                                               WHEN 'nchar' THEN c.max_length / 2 WHEN 'nvarchar' THEN c.max_length / 2 WHEN 'sysname' THEN c.max_length / 2
                                               ELSE c.max_length END) AS int) AS [PRECISION],
           CAST(COALESCE(f.bytes, CASE WHEN t.name IN ('decimal', 'numeric') THEN c.precision + 2 ELSE c.max_length END) AS int) AS [LENGTH],
           CAST(CASE WHEN t.name IN ('bigint', 'int', 'smallint', 'tinyint', 'smalldatetime') THEN 0 WHEN t.name IN ('money', 'smallmoney') THEN 4 WHEN t.name = 'datetime' THEN 3
                     WHEN t.name IN ('decimal', 'numeric', 'time', 'datetime2', 'datetimeoffset') THEN c.scale END AS smallint) AS SCALE,
           CAST(1 AS smallint) AS PSEUDO_COLUMN
    FROM sys.index_columns AS x
    JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
    JOIN sys.types AS t ON t.user_type_id = c.user_type_id
    JOIN (VALUES ('bigint', -5, 19, 8), ('binary', -2, NULL, NULL), ('bit', -7, 1, 1), ('char', 1, NULL, NULL), ('date', CASE WHEN @ODBCVer < 3 THEN 9 ELSE 91 END, 10, 6),
                 ('datetime', CASE WHEN @ODBCVer < 3 THEN 11 ELSE 93 END, 23, 16), ('datetime2', CASE WHEN @ODBCVer < 3 THEN 11 ELSE 93 END, NULL, 16),
                 ('datetimeoffset', -155, NULL, 20), ('decimal', 3, NULL, NULL), ('float', 6, NULL, 8), ('int', 4, 10, 4), ('money', 3, 19, 21), ('nchar', -8, NULL, NULL),
                 ('numeric', 2, NULL, NULL), ('nvarchar', -9, NULL, NULL), ('real', 7, NULL, 4), ('smalldatetime', CASE WHEN @ODBCVer < 3 THEN 11 ELSE 93 END, 16, 16),
                 ('smallint', 5, 5, 2), ('smallmoney', 3, 10, 12), ('sql_variant', -150, 8000, 8000), ('sysname', -9, NULL, NULL), ('time', -154, NULL, 12),
                 ('timestamp', -2, 8, 8), ('tinyint', -6, 3, 1), ('uniqueidentifier', -11, 36, 16), ('varbinary', -3, NULL, NULL), ('varchar', 12, NULL, NULL)
         ) AS f(type_name, data_type, digits, bytes) ON f.type_name = t.name
    WHERE x.object_id = @id AND x.index_id = @index AND x.key_ordinal > 0
    ORDER BY x.key_ordinal;
