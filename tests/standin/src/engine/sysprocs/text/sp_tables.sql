SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, CAST(SCHEMA_NAME(o.schema_id) AS sysname) AS TABLE_OWNER,
       CAST(o.name AS sysname) AS TABLE_NAME,
       CAST(CASE o.type WHEN 'U' THEN 'TABLE' WHEN 'V' THEN 'VIEW' ELSE 'SYSTEM TABLE' END AS varchar(32)) AS TABLE_TYPE,
       CAST(NULL AS varchar(254)) AS REMARKS
FROM sys.all_objects AS o
WHERE o.type IN ('U', 'V', 'S')
  AND (@table_name IS NULL OR (@fUsePattern = 1 AND o.name LIKE @table_name) OR o.name = @table_name)
  AND (@table_owner IS NULL OR (@fUsePattern = 1 AND SCHEMA_NAME(o.schema_id) LIKE @table_owner) OR SCHEMA_NAME(o.schema_id) = @table_owner)
  AND (@table_type IS NULL
       OR CHARINDEX('''' + CASE o.type WHEN 'U' THEN 'TABLE' WHEN 'V' THEN 'VIEW' ELSE 'SYSTEM TABLE' END + '''', UPPER(@table_type)) > 0)
ORDER BY 4, 1, 2, 3;
