-- Does the login have what each phase needs? Reads: permissions of the session. Writes: nothing. Mode: batch or RPC, no
-- parameters. Result: Phase nvarchar(16), Securable nvarchar(128) (NULL: the database or the server), SecurableClass
-- nvarchar(16), Permission nvarchar(64), Purpose nvarchar(64), Granted int (1 yes, 0 no, NULL: no such securable).
SELECT n.Phase, n.Securable, n.SecurableClass, n.Permission, n.Purpose,
       CASE WHEN n.SecurableClass = N'DATABASE' THEN HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', n.Permission)
            WHEN n.SecurableClass = N'SERVER' THEN HAS_PERMS_BY_NAME(NULL, NULL, n.Permission)
            ELSE HAS_PERMS_BY_NAME(n.Securable, n.SecurableClass, n.Permission) END AS Granted
FROM (VALUES (N'all', N'dbo.Atoms', N'OBJECT', N'SELECT', N'read the tables'),
             (N'all', N'dbo.AtomRelations', N'OBJECT', N'SELECT', N'read the tables'),
             (N'all', N'dbo.AtomEmbeddings', N'OBJECT', N'SELECT', N'read the tables'),
             (N'all', CAST(NULL AS nvarchar(128)), N'DATABASE', N'VIEW DEFINITION', N'read the catalog'),
             (N'all', NULL, N'DATABASE', N'CREATE TABLE', N'create schema hartonomous and its tables'),
             (N'all', NULL, N'DATABASE', N'CREATE SCHEMA', N'create schema hartonomous and its tables'),
             (N'phase1', N'dbo.AtomRelations', N'OBJECT', N'ALTER', N'add columns, indexes and statistics'),
             (N'phase1', N'dbo', N'SCHEMA', N'ALTER', N'create modules in dbo'),
             (N'phase1', NULL, N'DATABASE', N'CREATE PROCEDURE', N'create the procedures'),
             (N'phase1', NULL, N'DATABASE', N'CREATE FUNCTION', N'create the function'),
             (N'phase2', N'dbo.Atoms', N'OBJECT', N'INSERT', N'write atoms'),
             (N'phase2', N'dbo.Atoms', N'OBJECT', N'UPDATE', N'write reference counts'),
             (N'phase2', N'dbo.AtomRelations', N'OBJECT', N'INSERT', N'write relations'),
             (N'phase2', N'dbo', N'SCHEMA', N'ALTER', N'create the progress table and the view'),
             (N'phase2', NULL, N'DATABASE', N'CREATE VIEW', N'create the view'),
             (N'phase2', N'dbo.Atoms', N'OBJECT', N'DELETE', N'rollback: remove orphaned atoms'),
             (N'phase2', N'dbo.AtomRelations', N'OBJECT', N'DELETE', N'rollback: remove relations'),
             (N'phase3', N'dbo.AtomEmbeddings', N'OBJECT', N'ALTER', N'drop the column and rebuild'),
             (N'phase3', NULL, N'DATABASE', N'BACKUP DATABASE', N'backup before the drop'),
             (N'phase4', NULL, N'DATABASE', N'ALTER', N'add the memory-optimised filegroup'),
             (N'phase4', NULL, N'DATABASE', N'CREATE PROCEDURE', N'create native procedures'),
             (N'all', NULL, N'SERVER', N'VIEW SERVER PERFORMANCE STATE', N'see blocking and locks'),
             (N'all', NULL, N'DATABASE', N'VIEW DATABASE PERFORMANCE STATE', N'see space and log use')) AS n (Phase, Securable, SecurableClass, Permission, Purpose)
ORDER BY n.Phase, n.SecurableClass, n.Securable, n.Permission;
