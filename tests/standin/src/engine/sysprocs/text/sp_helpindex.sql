SET NOCOUNT ON;
DECLARE @id int = OBJECT_ID(@objname);
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = @id AND index_id > 0 AND is_hypothetical = 0)
BEGIN
    DECLARE @none nvarchar(1000) = CONCAT(N'The object ''', @objname, N''' does not have any indexes, or you do not have permissions.');
    PRINT @none;
    RETURN;
END;
SELECT i.name AS index_name,
       CAST(CASE WHEN i.index_id = 1 THEN 'clustered' WHEN i.type = 7 THEN 'nonclustered hash' ELSE 'nonclustered' END
            + CASE WHEN i.ignore_dup_key = 1 THEN ', ignore duplicate keys' ELSE '' END
            + CASE WHEN i.is_unique = 1 THEN ', unique' ELSE '' END
            + CASE WHEN i.is_primary_key = 1 THEN ', primary key' ELSE '' END
            + CASE WHEN i.is_unique_constraint = 1 THEN ', unique key' ELSE '' END
            + CASE WHEN i.data_space_id = 0 THEN ' located in MEMORY ' ELSE ' located on PRIMARY' END AS varchar(210)) AS index_description,
       CAST((SELECT STRING_AGG(CAST(c.name + CASE WHEN x.is_descending_key = 1 THEN N'(-)' ELSE N'' END AS nvarchar(max)), N', ')
                    WITHIN GROUP (ORDER BY x.key_ordinal)
             FROM sys.index_columns AS x
             JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
             WHERE x.object_id = i.object_id AND x.index_id = i.index_id AND x.is_included_column = 0) AS nvarchar(2078)) AS index_keys
FROM sys.indexes AS i
WHERE i.object_id = @id AND i.index_id > 0 AND i.is_hypothetical = 0
ORDER BY i.name;
