WITH facts AS (
    -- Type, ODBC type before and since version 3, precision or NULL where the column decides, bytes or NULL where the column decides,
    -- radix before and since version 3, verbose type, datetime subcode, type of SQL Server 6.5 when not null and when nullable.
    SELECT f.* FROM (VALUES
        ('bigint', -5, -5, 19, 8, 10, 10, -5, NULL, 63, 108), ('binary', -2, -2, NULL, NULL, NULL, NULL, -2, NULL, 45, 37),
        ('bit', -7, -7, 1, 1, NULL, NULL, -7, NULL, 50, 50), ('char', 1, 1, NULL, NULL, NULL, NULL, 1, NULL, 47, 39),
        ('date', 9, 91, 10, 6, NULL, NULL, 9, 1, 0, 0), ('datetime', 11, 93, 23, 16, NULL, NULL, 9, 3, 61, 111),
        ('datetime2', 11, 93, NULL, 16, NULL, NULL, 9, 3, 0, 0), ('datetimeoffset', -155, -155, NULL, 20, NULL, NULL, -155, 0, 0, 0),
        ('decimal', 3, 3, NULL, NULL, 10, 10, 3, NULL, 55, 106), ('float', 6, 6, NULL, 8, 10, 2, 6, NULL, 62, 109),
        ('geography', -151, -151, 0, 0, NULL, NULL, -151, NULL, 23, 23), ('geometry', -151, -151, 0, 0, NULL, NULL, -151, NULL, 23, 23),
        ('image', -4, -4, 2147483647, 2147483647, NULL, NULL, -4, NULL, 34, 34), ('int', 4, 4, 10, 4, 10, 10, 4, NULL, 56, 38),
        ('money', 3, 3, 19, 21, 10, 10, 3, NULL, 60, 110), ('nchar', -8, -8, NULL, NULL, NULL, NULL, -8, NULL, 39, 39),
        ('ntext', -10, -10, 1073741823, 2147483646, NULL, NULL, -10, NULL, 35, 35), ('numeric', 2, 2, NULL, NULL, 10, 10, 2, NULL, 63, 108),
        ('nvarchar', -9, -9, NULL, NULL, NULL, NULL, -9, NULL, 39, 39), ('real', 7, 7, NULL, 4, 10, 2, 7, NULL, 59, 109),
        ('smalldatetime', 11, 93, 16, 16, NULL, NULL, 9, 3, 58, 111), ('smallint', 5, 5, 5, 2, 10, 10, 5, NULL, 52, 38),
        ('smallmoney', 3, 3, 10, 12, 10, 10, 3, NULL, 122, 110), ('sql_variant', -150, -150, 8000, 8000, 10, 10, -150, NULL, 39, 39),
        ('sysname', -9, -9, NULL, NULL, NULL, NULL, -9, NULL, 39, 39), ('text', -1, -1, 2147483647, 2147483647, NULL, NULL, -1, NULL, 35, 35),
        ('time', -154, -154, NULL, 12, NULL, NULL, -154, 0, 0, 0), ('timestamp', -2, -2, 8, 8, NULL, NULL, -2, NULL, 45, 37),
        ('tinyint', -6, -6, 3, 1, 10, 10, -6, NULL, 48, 38), ('uniqueidentifier', -11, -11, 36, 16, NULL, NULL, -11, NULL, 37, 37),
        ('varbinary', -3, -3, NULL, NULL, NULL, NULL, -3, NULL, 37, 37), ('varchar', 12, 12, NULL, NULL, NULL, NULL, 12, NULL, 39, 39),
        ('xml', -152, -152, 0, 0, NULL, NULL, -152, NULL, 0, 0)
    ) AS f(type_name, odbc2, odbc3, digits, bytes, radix2, radix3, verbose_type, subcode, token, nullable_token)
), described AS (
    SELECT o.name AS procedure_name, SCHEMA_NAME(o.schema_id) AS procedure_owner, o.type AS kind, p.parameter_id,
           CASE WHEN p.parameter_id = 0 THEN N'@RETURN_VALUE' ELSE p.name END AS column_name, p.is_output, p.max_length, p.precision,
           p.scale, f.*,
           CASE WHEN f.type_name IN ('char', 'varchar', 'binary', 'varbinary', 'nchar', 'nvarchar', 'sysname', 'text', 'ntext', 'image', 'xml') THEN 1 ELSE 0 END AS is_sized
    FROM sys.objects AS o
    JOIN sys.parameters AS p ON p.object_id = o.object_id
    JOIN sys.types AS t ON t.user_type_id = p.user_type_id
    JOIN facts AS f ON f.type_name = t.name
    WHERE o.type IN ('P', 'FN')
    UNION ALL
    -- A procedure's return status is no parameter.
    SELECT o.name, SCHEMA_NAME(o.schema_id), o.type, 0, N'@RETURN_VALUE', 1, 4, 10, 0, f.*, 0
    FROM sys.objects AS o JOIN facts AS f ON f.type_name = 'int'
    WHERE o.type = 'P'
)
SELECT CAST(DB_NAME() AS sysname) AS PROCEDURE_QUALIFIER, CAST(d.procedure_owner AS sysname) AS PROCEDURE_OWNER,
       CAST(d.procedure_name + CASE WHEN d.kind = 'P' THEN N';1' ELSE N';0' END AS nvarchar(134)) AS PROCEDURE_NAME,
       CAST(d.column_name AS sysname) AS COLUMN_NAME,
       CAST(CASE WHEN d.parameter_id = 0 THEN 5 WHEN d.is_output = 1 THEN 2 ELSE 1 END AS smallint) AS COLUMN_TYPE,
       CAST(CASE WHEN @ODBCVer < 3 THEN d.odbc2 ELSE d.odbc3 END AS smallint) AS DATA_TYPE,
       CAST(d.type_name AS sysname) AS TYPE_NAME,
       CAST(COALESCE(d.digits, CASE d.type_name WHEN 'float' THEN CASE WHEN @ODBCVer < 3 THEN 15 ELSE 53 END
                                                WHEN 'real' THEN CASE WHEN @ODBCVer < 3 THEN 7 ELSE 24 END
                                                WHEN 'time' THEN 8 + SIGN(d.scale) + d.scale WHEN 'datetime2' THEN 19 + SIGN(d.scale) + d.scale
                                                WHEN 'datetimeoffset' THEN 26 + SIGN(d.scale) + d.scale
                                                WHEN 'decimal' THEN d.precision WHEN 'numeric' THEN d.precision
                                                ELSE CASE WHEN d.max_length = -1 THEN 0
                                                          WHEN d.type_name IN ('nchar', 'nvarchar', 'sysname') THEN d.max_length / 2
                                                          ELSE d.max_length END END) AS int) AS [PRECISION],
       CAST(COALESCE(d.bytes, CASE WHEN d.type_name IN ('decimal', 'numeric') THEN d.precision + 2 WHEN d.max_length = -1 THEN 0
                                   ELSE d.max_length END) AS int) AS [LENGTH],
       CAST(CASE WHEN d.type_name IN ('bigint', 'int', 'smallint', 'tinyint', 'smalldatetime') THEN 0
                 WHEN d.type_name IN ('money', 'smallmoney') THEN 4 WHEN d.type_name = 'datetime' THEN 3
                 WHEN d.type_name IN ('decimal', 'numeric', 'time', 'datetime2', 'datetimeoffset') THEN d.scale END AS smallint) AS SCALE,
       CAST(CASE WHEN @ODBCVer < 3 THEN d.radix2 ELSE d.radix3 END AS smallint) AS RADIX,
       CAST(CASE WHEN d.parameter_id = 0 AND d.kind = 'P' THEN 0 ELSE 1 END AS smallint) AS NULLABLE,
       CAST(NULL AS varchar(254)) AS REMARKS, CAST(NULL AS nvarchar(4000)) AS COLUMN_DEF,
       CAST(d.verbose_type AS smallint) AS SQL_DATA_TYPE, CAST(d.subcode AS smallint) AS SQL_DATETIME_SUB,
       CAST(CASE WHEN d.is_sized = 1 THEN COALESCE(d.bytes, CASE WHEN d.max_length = -1 THEN 0 ELSE d.max_length END) END AS int) AS CHAR_OCTET_LENGTH,
       CAST(d.parameter_id AS int) AS ORDINAL_POSITION,
       CAST(CASE WHEN d.parameter_id = 0 AND d.kind = 'P' THEN 'NO' ELSE 'YES' END AS varchar(254)) AS IS_NULLABLE,
       CAST(NULL AS sysname) AS SS_TYPE_CATALOG_NAME, CAST(NULL AS sysname) AS SS_TYPE_SCHEMA_NAME,
       CAST(CASE WHEN d.verbose_type = -151 THEN DB_NAME() END AS sysname) AS SS_UDT_CATALOG_NAME,
       CAST(CASE WHEN d.verbose_type = -151 THEN N'sys' END AS sysname) AS SS_UDT_SCHEMA_NAME,
       CAST(CASE d.type_name WHEN 'geometry' THEN N'Microsoft.SqlServer.Types.SqlGeometry, Microsoft.SqlServer.Types, Version=11.0.0.0, Culture=neutral, PublicKeyToken=89845dcd8080cc91'
                             WHEN 'geography' THEN N'Microsoft.SqlServer.Types.SqlGeography, Microsoft.SqlServer.Types, Version=11.0.0.0, Culture=neutral, PublicKeyToken=89845dcd8080cc91'
            END AS nvarchar(4000)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME, CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_NAME,
       CAST(CASE WHEN d.parameter_id = 0 AND d.kind = 'P' THEN d.token ELSE d.nullable_token END AS tinyint) AS SS_DATA_TYPE
FROM described AS d
WHERE ((@fUsePattern = 1 AND d.procedure_name LIKE @procedure_name) OR d.procedure_name = @procedure_name)
  AND (@procedure_owner IS NULL OR (@fUsePattern = 1 AND d.procedure_owner LIKE @procedure_owner) OR d.procedure_owner = @procedure_owner)
  AND (@procedure_qualifier IS NULL OR @procedure_qualifier = DB_NAME())
  AND (@column_name IS NULL OR (@fUsePattern = 1 AND d.column_name LIKE @column_name) OR d.column_name = @column_name)
ORDER BY d.procedure_owner, d.procedure_name, ORDINAL_POSITION;
