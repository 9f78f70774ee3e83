SET NOCOUNT ON;
IF @objname IS NULL
BEGIN
    SELECT o.name AS Name, CAST(N'dbo' AS nvarchar(128)) AS Owner,
           CAST(CASE o.type WHEN 'U' THEN N'user table' WHEN 'V' THEN N'view' WHEN 'P' THEN N'stored procedure' WHEN 'FN' THEN N'scalar function'
                            WHEN 'IF' THEN N'inline function' WHEN 'TF' THEN N'table function' WHEN 'PK' THEN N'primary key cns' WHEN 'UQ' THEN N'unique key cns'
                            WHEN 'F' THEN N'foreign key cns' WHEN 'C' THEN N'check cns' WHEN 'D' THEN N'default (maybe cns)' ELSE LOWER(o.type_desc) END AS nvarchar(31)) AS Object_type
    FROM sys.objects AS o
    ORDER BY Owner, Object_type DESC, Name;
    RETURN;
END;
DECLARE @id int = OBJECT_ID(@objname);
DECLARE @type char(2) = (SELECT type FROM sys.objects WHERE object_id = @id);
SELECT o.name AS Name, CAST(N'dbo' AS nvarchar(128)) AS Owner,
       CAST(CASE o.type WHEN 'U' THEN N'user table' WHEN 'V' THEN N'view' WHEN 'P' THEN N'stored procedure' WHEN 'FN' THEN N'scalar function'
                        WHEN 'IF' THEN N'inline function' WHEN 'TF' THEN N'table function' WHEN 'PK' THEN N'primary key cns' WHEN 'UQ' THEN N'unique key cns'
                        WHEN 'F' THEN N'foreign key cns' WHEN 'C' THEN N'check cns' WHEN 'D' THEN N'default (maybe cns)' ELSE LOWER(o.type_desc) END AS nvarchar(31)) AS [Type],
       o.create_date AS Created_datetime
FROM sys.objects AS o WHERE o.object_id = @id;
IF @type IN ('U', 'V', 'IF', 'TF')
BEGIN
    SELECT c.name AS Column_name, CAST(TYPE_NAME(c.user_type_id) AS nvarchar(128)) AS [Type],
           CAST(CASE WHEN c.is_computed = 1 THEN 'yes' ELSE 'no' END AS varchar(35)) AS Computed,
           CAST(c.max_length AS int) AS Length,
           CAST(CASE WHEN TYPE_NAME(c.system_type_id) IN (N'tinyint', N'smallint', N'decimal', N'int', N'bigint', N'real', N'money', N'float', N'numeric', N'smallmoney', N'date', N'time', N'datetime2', N'datetimeoffset')
                     THEN CONVERT(char(5), CAST(c.[precision] AS int)) ELSE '     ' END AS char(5)) AS Prec,
           CAST(CASE WHEN TYPE_NAME(c.system_type_id) IN (N'tinyint', N'smallint', N'decimal', N'int', N'bigint', N'money', N'numeric', N'smallmoney', N'time', N'datetime2', N'datetimeoffset')
                     THEN CONVERT(char(5), CAST(c.scale AS int)) ELSE '     ' END AS char(5)) AS Scale,
           CAST(CASE WHEN c.is_nullable = 0 THEN 'no' ELSE 'yes' END AS varchar(35)) AS Nullable,
           CAST(CASE WHEN TYPE_NAME(c.system_type_id) IN (N'varchar', N'varbinary', N'char', N'binary') THEN CASE WHEN c.is_ansi_padded = 1 THEN 'no' ELSE 'yes' END ELSE '(n/a)' END AS varchar(35)) AS TrimTrailingBlanks,
           CAST(CASE WHEN TYPE_NAME(c.system_type_id) NOT IN (N'varchar', N'varbinary', N'char', N'binary') THEN '(n/a)' WHEN c.is_nullable = 0 THEN 'no' ELSE 'yes' END AS varchar(35)) AS FixedLenNullInSource,
           c.collation_name AS Collation
    FROM sys.columns AS c WHERE c.object_id = @id ORDER BY c.column_id;
    IF EXISTS (SELECT 1 FROM sys.identity_columns WHERE object_id = @id)
        SELECT c.name AS [Identity], IDENT_SEED(@objname) AS Seed, IDENT_INCR(@objname) AS [Increment], 0 AS [Not For Replication]
        FROM sys.identity_columns AS c WHERE c.object_id = @id;
    ELSE
        SELECT CAST(N'No identity column defined.' AS sysname) AS [Identity], CAST(NULL AS numeric(38, 0)) AS Seed, CAST(NULL AS numeric(38, 0)) AS [Increment], CAST(NULL AS int) AS [Not For Replication];
    SELECT COALESCE((SELECT TOP (1) c.name FROM sys.columns AS c WHERE c.object_id = @id AND c.is_rowguidcol = 1), CAST(N'No rowguidcol column defined.' AS sysname)) AS [RowGuidCol];
END;
IF @type IN ('P', 'FN', 'IF', 'TF') AND EXISTS (SELECT 1 FROM sys.parameters WHERE object_id = @id)
    SELECT p.name AS Parameter_name, CAST(TYPE_NAME(p.user_type_id) AS nvarchar(128)) AS [Type], CAST(p.max_length AS smallint) AS Length,
           CAST(p.[precision] AS int) AS Prec, CAST(p.scale AS int) AS Scale, p.parameter_id AS Param_order,
           CAST(CASE WHEN TYPE_NAME(p.system_type_id) IN (N'char', N'varchar', N'nchar', N'nvarchar') THEN N'SQL_Latin1_General_CP1_CI_AS' END AS sysname) AS Collation
    FROM sys.parameters AS p WHERE p.object_id = @id ORDER BY p.parameter_id;
IF @type = 'U'
BEGIN
    SELECT CAST(CASE OBJECTPROPERTY(@id, 'TableIsMemoryOptimized') WHEN 1 THEN N'not applicable' ELSE N'PRIMARY' END AS sysname) AS Data_located_on_filegroup;
    EXEC sys.sp_helpindex @objname;
    EXEC sys.sp_helpconstraint @objname, 'nomsg';
    DECLARE @bound int = (SELECT COUNT(*) FROM sys.sql_expression_dependencies AS d WHERE d.referenced_id = @id AND d.is_schema_bound_reference = 1
                          AND EXISTS (SELECT 1 FROM sys.views AS v WHERE v.object_id = d.referencing_id));
    IF @bound > 0
        SELECT DISTINCT OBJECT_SCHEMA_NAME(v.object_id) + N'.' + v.name AS [Table is referenced by views]
        FROM sys.views AS v JOIN sys.sql_expression_dependencies AS d ON d.referencing_id = v.object_id
        WHERE d.referenced_id = @id AND d.is_schema_bound_reference = 1;
    ELSE
    BEGIN
        DECLARE @unbound nvarchar(1000) = CONCAT(N'No views with schema binding reference table ''', @objname, N'''.');
        PRINT @unbound;
    END;
END;
