SET NOCOUNT ON;
DECLARE @id int = OBJECT_ID(@objname);
IF @nomsg <> 'nomsg' SELECT @objname AS [Object Name];
DECLARE @list TABLE (kind nvarchar(146), name sysname, delete_action nvarchar(9), update_action nvarchar(9), enabled nvarchar(13), replicated nvarchar(19), keys nvarchar(2126), place int, part int);
INSERT INTO @list
SELECT CASE WHEN i.is_primary_key = 1 THEN N'PRIMARY KEY' ELSE N'UNIQUE' END + CASE WHEN i.index_id = 1 THEN N' (clustered)' ELSE N' (non-clustered)' END,
       i.name, N'(n/a)', N'(n/a)', N'(n/a)', N'(n/a)',
       (SELECT STRING_AGG(CAST(c.name + CASE WHEN x.is_descending_key = 1 THEN N'(-)' ELSE N'' END AS nvarchar(max)), N', ') WITHIN GROUP (ORDER BY x.key_ordinal)
        FROM sys.index_columns AS x JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
        WHERE x.object_id = i.object_id AND x.index_id = i.index_id AND x.is_included_column = 0), 0, 0
FROM sys.indexes AS i WHERE i.object_id = @id AND (i.is_primary_key = 1 OR i.is_unique_constraint = 1);
INSERT INTO @list
SELECT N'FOREIGN KEY', f.name, CASE f.delete_referential_action WHEN 1 THEN N'Cascade' WHEN 2 THEN N'Set Null' WHEN 3 THEN N'Set Default' ELSE N'No Action' END,
       CASE f.update_referential_action WHEN 1 THEN N'Cascade' WHEN 2 THEN N'Set Null' WHEN 3 THEN N'Set Default' ELSE N'No Action' END,
       CASE WHEN f.is_disabled = 1 THEN N'Disabled' ELSE N'Enabled' END, CASE WHEN f.is_not_for_replication = 1 THEN N'Not_For_Replication' ELSE N'Is_For_Replication' END,
       (SELECT STRING_AGG(CAST(c.name AS nvarchar(max)), N', ') WITHIN GROUP (ORDER BY k.constraint_column_id)
        FROM sys.foreign_key_columns AS k JOIN sys.columns AS c ON c.object_id = k.parent_object_id AND c.column_id = k.parent_column_id
        WHERE k.constraint_object_id = f.object_id), 0, 0
FROM sys.foreign_keys AS f WHERE f.parent_object_id = @id;
INSERT INTO @list
SELECT N' ', N' ', N' ', N' ', N' ', N' ',
       N'REFERENCES ' + DB_NAME() + N'.' + OBJECT_SCHEMA_NAME(f.referenced_object_id) + N'.' + OBJECT_NAME(f.referenced_object_id) + N' ('
       + (SELECT STRING_AGG(CAST(c.name AS nvarchar(max)), N', ') WITHIN GROUP (ORDER BY k.constraint_column_id)
          FROM sys.foreign_key_columns AS k JOIN sys.columns AS c ON c.object_id = k.referenced_object_id AND c.column_id = k.referenced_column_id
          WHERE k.constraint_object_id = f.object_id) + N')', f.object_id, 1
FROM sys.foreign_keys AS f WHERE f.parent_object_id = @id;
UPDATE l SET place = f.object_id FROM @list AS l JOIN sys.foreign_keys AS f ON f.name = l.name AND f.parent_object_id = @id WHERE l.kind = N'FOREIGN KEY';
INSERT INTO @list
SELECT N'CHECK ' + CASE WHEN k.parent_column_id = 0 THEN N'Table Level ' ELSE N'on column ' + COL_NAME(k.parent_object_id, k.parent_column_id) END,
       k.name, N'(n/a)', N'(n/a)', CASE WHEN k.is_disabled = 1 THEN N'Disabled' ELSE N'Enabled' END,
       CASE WHEN k.is_not_for_replication = 1 THEN N'Not_For_Replication' ELSE N'Is_For_Replication' END, k.definition, 0, 0
FROM sys.check_constraints AS k WHERE k.parent_object_id = @id;
INSERT INTO @list
SELECT N'DEFAULT on column ' + COL_NAME(d.parent_object_id, d.parent_column_id), d.name, N'(n/a)', N'(n/a)', N'(n/a)', N'(n/a)', d.definition, 0, 0
FROM sys.default_constraints AS d WHERE d.parent_object_id = @id;
IF EXISTS (SELECT 1 FROM @list)
    SELECT l.kind AS constraint_type, l.name AS constraint_name, l.delete_action, l.update_action, l.enabled AS status_enabled,
           l.replicated AS status_for_replication, l.keys AS constraint_keys
    FROM @list AS l
    LEFT JOIN sys.foreign_keys AS f ON f.object_id = l.place
    ORDER BY CASE WHEN l.place = 0 THEN l.kind ELSE N'FOREIGN KEY' END, COALESCE(f.name, l.name), l.part;
ELSE
BEGIN
    DECLARE @none nvarchar(1000) = CONCAT(N'No constraints are defined on object ''', @objname, N''', or you do not have permissions.');
    PRINT @none;
END;
IF EXISTS (SELECT 1 FROM sys.foreign_keys WHERE referenced_object_id = @id)
    SELECT DB_NAME() + N'.' + OBJECT_SCHEMA_NAME(f.parent_object_id) + N'.' + OBJECT_NAME(f.parent_object_id) + N': ' + f.name AS [Table is referenced by foreign key]
    FROM sys.foreign_keys AS f WHERE f.referenced_object_id = @id ORDER BY 1;
ELSE
BEGIN
    DECLARE @unreferenced nvarchar(1000) = CONCAT(N'No foreign keys reference table ''', @objname, N''', or you do not have permissions on referencing tables.');
    PRINT @unreferenced;
END;
