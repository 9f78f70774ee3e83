-- Modules whose text may use the column: those with its name, those that read all columns of the table, and those that cannot be
-- read (encrypted, or no VIEW DEFINITION). The caller looks closer: a name in a comment is no use. Reads: sys.sql_modules,
-- sys.objects, sys.triggers. Writes: nothing. Mode: RPC. Parameter: @P1 nvarchar(128): the name. Result, by Name:
-- Name nvarchar(258), TypeName nvarchar(60), IsSchemaBound bit, Definition nvarchar(max) (NULL: cannot be read).
SELECT ISNULL(OBJECT_SCHEMA_NAME(m.object_id) + N'.' + OBJECT_NAME(m.object_id), g.name) AS Name,
       ISNULL(o.type_desc, N'DDL_TRIGGER') AS TypeName, m.is_schema_bound AS IsSchemaBound, m.definition AS Definition
FROM sys.sql_modules AS m
LEFT JOIN sys.objects AS o ON o.object_id = m.object_id
LEFT JOIN sys.triggers AS g ON g.object_id = m.object_id
WHERE m.definition IS NULL
   OR CHARINDEX(@P1, m.definition) > 0
   OR (CHARINDEX(N'AtomEmbeddings', m.definition) > 0 AND CHARINDEX(N'*', m.definition) > 0)
ORDER BY ISNULL(OBJECT_SCHEMA_NAME(m.object_id) + N'.' + OBJECT_NAME(m.object_id), g.name);
