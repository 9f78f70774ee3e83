SELECT CAST(DB_NAME() AS sysname) AS PKTABLE_QUALIFIER, CAST(SCHEMA_NAME(p.schema_id) AS sysname) AS PKTABLE_OWNER,
       p.name AS PKTABLE_NAME, pc.name AS PKCOLUMN_NAME,
       CAST(DB_NAME() AS sysname) AS FKTABLE_QUALIFIER, CAST(SCHEMA_NAME(t.schema_id) AS sysname) AS FKTABLE_OWNER,
       t.name AS FKTABLE_NAME, tc.name AS FKCOLUMN_NAME, CAST(k.constraint_column_id AS smallint) AS KEY_SEQ,
       CAST(CASE f.update_referential_action WHEN 1 THEN 0 WHEN 2 THEN 2 WHEN 3 THEN 3 ELSE 1 END AS smallint) AS UPDATE_RULE,
       CAST(CASE f.delete_referential_action WHEN 1 THEN 0 WHEN 2 THEN 2 WHEN 3 THEN 3 ELSE 1 END AS smallint) AS DELETE_RULE,
       f.name AS FK_NAME, i.name AS PK_NAME, CAST(7 AS smallint) AS DEFERRABILITY
FROM sys.foreign_keys AS f
JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id
JOIN sys.tables AS p ON p.object_id = f.referenced_object_id
JOIN sys.tables AS t ON t.object_id = f.parent_object_id
JOIN sys.columns AS pc ON pc.object_id = k.referenced_object_id AND pc.column_id = k.referenced_column_id
JOIN sys.columns AS tc ON tc.object_id = k.parent_object_id AND tc.column_id = k.parent_column_id
LEFT JOIN sys.indexes AS i ON i.object_id = f.referenced_object_id AND i.index_id = f.key_index_id
WHERE (@pktable_name IS NULL OR p.name = @pktable_name) AND (@pktable_owner IS NULL OR SCHEMA_NAME(p.schema_id) = @pktable_owner)
  AND (@fktable_name IS NULL OR t.name = @fktable_name) AND (@fktable_owner IS NULL OR SCHEMA_NAME(t.schema_id) = @fktable_owner)
ORDER BY CASE WHEN @pktable_name IS NULL THEN p.name ELSE t.name END, f.name, k.constraint_column_id;
