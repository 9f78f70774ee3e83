SELECT c.column_id AS colid, c.name,
       CAST(CASE WHEN c.collation_name LIKE '%[_]BIN%' THEN 0x0904000200 WHEN c.collation_name IS NOT NULL THEN 0x0904D00034 END AS binary(5)) AS tds_collation,
       c.collation_name AS collation
FROM sys.all_columns AS c
WHERE c.object_id = OBJECT_ID(@object)
ORDER BY c.column_id;
