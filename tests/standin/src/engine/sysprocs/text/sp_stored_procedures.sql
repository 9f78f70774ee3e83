SELECT CAST(DB_NAME() AS sysname) AS PROCEDURE_QUALIFIER, CAST(SCHEMA_NAME(o.schema_id) AS sysname) AS PROCEDURE_OWNER,
       CAST(o.name + CASE WHEN o.type = 'P' THEN ';1' ELSE ';0' END AS nvarchar(134)) AS PROCEDURE_NAME,
       -1 AS NUM_INPUT_PARAMS, -1 AS NUM_OUTPUT_PARAMS, -1 AS NUM_RESULT_SETS, CAST(NULL AS varchar(254)) AS REMARKS,
       CAST(2 AS smallint) AS PROCEDURE_TYPE
FROM sys.objects AS o
WHERE o.type IN ('P', 'FN', 'TF', 'IF')
  AND (@sp_name IS NULL OR (@fUsePattern = 1 AND o.name LIKE @sp_name) OR o.name = @sp_name)
  AND (@sp_owner IS NULL OR (@fUsePattern = 1 AND SCHEMA_NAME(o.schema_id) LIKE @sp_owner) OR SCHEMA_NAME(o.schema_id) = @sp_owner)
ORDER BY 1, 2, 3;
