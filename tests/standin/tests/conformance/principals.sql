=== execute as and revert
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, v int NULL)
GO
CREATE USER reader WITHOUT LOGIN
GO
CREATE USER other WITHOUT LOGIN WITH DEFAULT_SCHEMA = guest
GO
GRANT SELECT ON dbo.t TO reader
GO
EXECUTE AS USER = 'reader'
GO
SELECT USER_NAME(), CURRENT_USER, IS_MEMBER('db_owner')
GO
SELECT COUNT(*) FROM dbo.t
GO
INSERT INTO dbo.t VALUES (1, 1)
GO
TRUNCATE TABLE dbo.t
GO
EXECUTE AS USER = 'other'
GO
REVERT
GO
SELECT USER_NAME(), IS_SRVROLEMEMBER('sysadmin')
GO
EXECUTE AS USER = 'nobody'
---
reader | reader | 0
0
!229.14.5 The INSERT permission was denied on the object 't', database 'Hartonomous', schema 'dbo'.
!1088.16.7 Cannot find the object "t" because it does not exist or you do not have permissions.
!15517.16.1 Cannot execute as the database principal because the principal "other" does not exist, this type of principal cannot be impersonated, or you do not have permission.
dbo | 1
!15517.16.1 Cannot execute as the database principal because the principal "nobody" does not exist, this type of principal cannot be impersonated, or you do not have permission.
=== modules with execute as
CREATE PROCEDURE dbo.as_owner WITH EXECUTE AS OWNER AS SELECT USER_NAME(); EXEC ('INSERT INTO dbo.t VALUES (2, 2)')
GO
CREATE PROCEDURE dbo.as_caller AS SELECT USER_NAME(); EXEC ('INSERT INTO dbo.t VALUES (3, 3)')
GO
CREATE PROCEDURE dbo.inner_revert AS EXECUTE AS USER = 'reader'; SELECT USER_NAME()
GO
GRANT EXECUTE ON SCHEMA::dbo TO reader
GO
EXECUTE AS USER = 'reader'
GO
EXEC dbo.as_owner
GO
EXEC dbo.as_caller
GO
SELECT USER_NAME()
GO
REVERT
GO
EXEC dbo.inner_revert
GO
SELECT USER_NAME(), (SELECT COUNT(*) FROM dbo.t)
---
dbo
reader
!229.14.5 The INSERT permission was denied on the object 't', database 'Hartonomous', schema 'dbo'.
reader
reader
dbo | 1
=== principals go
CREATE ROLE writers
GO
ALTER ROLE writers ADD MEMBER reader
GO
DROP ROLE writers
GO
ALTER ROLE writers DROP MEMBER reader
GO
DROP ROLE writers
GO
DROP USER reader
GO
DROP USER reader
GO
DROP USER IF EXISTS reader
GO
DROP USER dbo
GO
DROP ROLE db_owner
GO
CREATE LOGIN somebody WITH PASSWORD = 'Pa55word!'
GO
ALTER LOGIN somebody DISABLE
GO
ALTER LOGIN nobody ENABLE
GO
DROP LOGIN somebody
GO
DROP LOGIN somebody
GO
ALTER USER nobody WITH DEFAULT_SCHEMA = dbo
---
!15144.16.1 The role has members. It must be empty before it can be dropped.
!15151.16.1 Cannot drop the user 'reader', because it does not exist or you do not have permission.
!15150.16.1 Cannot drop the user 'dbo'.
!15150.16.1 Cannot drop the role 'db_owner'.
!15151.16.1 Cannot alter the login 'nobody', because it does not exist or you do not have permission.
!15151.16.1 Cannot drop the login 'somebody', because it does not exist or you do not have permission.
!15151.16.1 Cannot alter the user 'nobody', because it does not exist or you do not have permission.
=== objects change their schema
CREATE SCHEMA archive
GO
ALTER SCHEMA archive TRANSFER dbo.t
GO
SELECT SCHEMA_NAME(schema_id) FROM sys.tables WHERE name = 't'
GO
ALTER SCHEMA archive TRANSFER OBJECT::dbo.as_caller
GO
SELECT OBJECT_ID('archive.as_caller') - OBJECT_ID('archive.as_caller')
GO
ALTER SCHEMA archive TRANSFER dbo.nothing
GO
CREATE VIEW dbo.bound WITH SCHEMABINDING AS SELECT id FROM archive.t
GO
ALTER SCHEMA dbo TRANSFER archive.t
---
archive
0
!15151.16.1 Cannot find the object 'nothing', because it does not exist or you do not have permission.
!15348.16.1 Cannot transfer a schemabound object.
