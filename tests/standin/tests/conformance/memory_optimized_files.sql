=== a table needs the filegroup and a container
SELECT CAST(SERVERPROPERTY('IsXTPSupported') AS int)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)
GO
ALTER DATABASE CURRENT ADD FILEGROUP fx CONTAINS MEMORY_OPTIMIZED_DATA
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)
GO
ALTER DATABASE Hartonomous ADD FILEGROUP FX CONTAINS MEMORY_OPTIMIZED_DATA
GO
ALTER DATABASE Hartonomous ADD FILEGROUP other CONTAINS MEMORY_OPTIMIZED_DATA
---
1
!41337.16.100 Cannot create memory optimized tables. To create memory optimized tables, the database must have a MEMORY_OPTIMIZED_FILEGROUP that is online and has at least one container.
!41337.16.1 Cannot create memory optimized tables. To create memory optimized tables, the database must have a MEMORY_OPTIMIZED_FILEGROUP that is online and has at least one container.
!5035.16.1 Filegroup 'FX' already exists in this database. Specify a different name or remove the conflicting filegroup if it is empty.
!10797.15.2 Only one MEMORY_OPTIMIZED_DATA filegroup is allowed per database.
=== a container takes no size
ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/c1', SIZE = 10MB) TO FILEGROUP fx
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/c1', FILEGROWTH = 10%) TO FILEGROUP fx
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/c1', MAXSIZE = 100MB) TO FILEGROUP fx
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c1) TO FILEGROUP fx
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/c1') TO FILEGROUP nosuch
GO
BEGIN TRANSACTION; ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/c1') TO FILEGROUP fx
GO
ROLLBACK
GO
ALTER DATABASE CURRENT ADD FILE (NAME = 'c1', FILENAME = '/data/c1', MAXSIZE = UNLIMITED) TO FILEGROUP fx
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/c2') TO FILEGROUP fx
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c2, FILENAME = '/data/c1') TO FILEGROUP fx
---
!5509.15.2 The properties SIZE or FILEGROWTH cannot be specified for the FILESTREAM data file 'c1'.
!5509.15.2 The properties SIZE or FILEGROWTH cannot be specified for the FILESTREAM data file 'c1'.
!41873.16.2 File in memory-optimized filegroup must have MAXSIZE set to be UNLIMITED.
!5009.16.8 One or more files listed in the statement could not be found or could not be initialized.
!1036.15.1 File option FILENAME is required in this CREATE/ALTER DATABASE statement.
!1921.16.4 Invalid filegroup 'nosuch' specified.
!226.16.6 ALTER DATABASE statement not allowed within multi-statement transaction.
!1828.16.4 The logical file name "c1" is already in use. Choose a different name.
!5009.16.1 One or more files listed in the statement could not be found or could not be initialized.
!5170.16.1 Cannot create file '/data/c1' because it already exists. Change the file path or the file name, and retry the operation.
=== the catalog shows both
SELECT name, type, type_desc, data_space_id, is_default FROM sys.filegroups ORDER BY data_space_id
GO
SELECT name, type FROM sys.data_spaces ORDER BY data_space_id
GO
SELECT file_id, type, type_desc, data_space_id, name, physical_name, size, max_size, growth FROM sys.database_files WHERE type = 2
GO
SELECT COUNT(*) FROM sys.master_files WHERE type = 2 AND database_id = DB_ID()
GO
SELECT FILE_ID('c1'), FILE_IDEX('c1'), FILE_NAME(65537), FILEGROUP_ID('fx'), FILEGROUP_NAME(2)
---
PRIMARY | FG | ROWS_FILEGROUP | 1 | 1
fx | FX | MEMORY_OPTIMIZED_DATA_FILEGROUP | 2 | 1
PRIMARY | FG
fx | FX
65537 | 2 | FILESTREAM | 2 | c1 | /data/c1 | 0 | -1 | 0
1
NULL | 65537 | c1 | 2 | fx
=== what is in use stays
ALTER DATABASE CURRENT MODIFY FILEGROUP fx READ_ONLY
GO
ALTER DATABASE CURRENT MODIFY FILEGROUP fx DEFAULT
GO
ALTER DATABASE CURRENT REMOVE FILEGROUP fx
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)
GO
ALTER DATABASE CURRENT REMOVE FILE c1
GO
ALTER DATABASE CURRENT REMOVE FILE nosuch
GO
ALTER DATABASE CURRENT REMOVE FILE Hartonomous
GO
ALTER DATABASE CURRENT REMOVE FILEGROUP nosuch
GO
ALTER DATABASE CURRENT REMOVE FILEGROUP [PRIMARY]
GO
DROP TABLE dbo.t
GO
ALTER DATABASE CURRENT REMOVE FILE c1
GO
ALTER DATABASE CURRENT REMOVE FILEGROUP fx
GO
SELECT COUNT(*) FROM sys.filegroups
---
!41361.16.1 The READ_ONLY property of a MEMORY_OPTIMIZED_DATA filegroup cannot be modified.
!5045.16.3 The filegroup already has the 'DEFAULT' property set.
!5042.16.8 The filegroup 'fx' cannot be removed because it is not empty.
!50000.16.1 hartonomous-standin does not implement REMOVE FILE of the last memory-optimised container while memory-optimised objects exist.
!5009.16.9 One or more files listed in the statement could not be found or could not be initialized.
!5020.16.1 The primary data or log file cannot be removed from a database.
!5014.16.1 The filegroup 'nosuch' does not exist in database 'Hartonomous'.
!5042.16.6 The filegroup 'PRIMARY' cannot be removed because it is not empty.
~5044 The file 'c1' has been removed.
~5044 The filegroup 'fx' has been removed.
1
=== elevation is an option of the database
SELECT is_memory_optimized_elevate_to_snapshot_on, DATABASEPROPERTYEX(DB_NAME(), 'IsMemoryOptimizedElevateToSnapshotEnabled') FROM sys.databases WHERE database_id = DB_ID()
GO
ALTER DATABASE CURRENT SET MEMORY_OPTIMIZED_ELEVATE_TO_SNAPSHOT = ON
GO
SELECT is_memory_optimized_elevate_to_snapshot_on FROM sys.databases WHERE database_id = DB_ID()
GO
ALTER DATABASE CURRENT SET MEMORY_OPTIMIZED_ELEVATE_TO_SNAPSHOT = OFF
---
0 | 0
1
