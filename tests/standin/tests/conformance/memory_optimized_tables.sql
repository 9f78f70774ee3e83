=== set up
ALTER DATABASE CURRENT ADD FILEGROUP fx CONTAINS MEMORY_OPTIMIZED_DATA
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/tables') TO FILEGROUP fx
---
=== durability and keys
CREATE TABLE dbo.t (id int NOT NULL) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL) WITH (MEMORY_OPTIMIZED = ON, DURABILITY = SCHEMA_ONLY)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, INDEX ix CLUSTERED (id)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (DURABILITY = SCHEMA_ONLY)
GO
CREATE TABLE #t (id int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)
---
!41321.16.7 The memory optimized table 't' with DURABILITY=SCHEMA_AND_DATA must have a primary key.
!1750.16.0 Could not create constraint or index. See previous errors.
!41327.16.7 The memory optimized table 't' must have at least one index or a primary key.
!1750.16.0 Could not create constraint or index. See previous errors.
!12317.16.68 Clustered indexes, which are the default for primary keys, are not supported with memory optimized tables. Specify a NONCLUSTERED index instead.
!12317.16.68 Clustered indexes, which are the default for primary keys, are not supported with memory optimized tables. Specify a NONCLUSTERED index instead.
!10779.15.1 The durability option 'schema_only' is supported only with memory optimized tables.
!12322.16.78 Temporary tables are not supported with memory optimized tables.
=== bucket counts
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED HASH) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, INDEX ix HASH (id)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED HASH WITH (BUCKET_COUNT = 0)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED HASH WITH (BUCKET_COUNT = 1073741825)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED HASH WITH (BUCKET_COUNT = 16))
---
!10789.15.1 The option 'bucket_count' must be specified for index '' on table 't'. It is required for hash indexes.
!10789.15.1 The option 'bucket_count' must be specified for index 'ix' on table 't'. It is required for hash indexes.
!41303.15.1 The bucket count for a hash index must be a positive integer not exceeding 1073741824.
!41303.15.1 The bucket count for a hash index must be a positive integer not exceeding 1073741824.
!10791.16.1 Hash indexes are permitted only in memory optimized tables.
!1750.16.0 Could not create constraint or index. See previous errors.
=== types that are not taken
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a vector(3)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a json) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a datetimeoffset) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a geometry) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a rowversion) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a sql_variant) WITH (MEMORY_OPTIMIZED = ON)
---
!10794.16.80 The type 'vector(3)' is not supported with memory optimized tables.
!10794.16.80 The type 'json' is not supported with memory optimized tables.
!10794.16.80 The type 'datetimeoffset(7)' is not supported with memory optimized tables.
!10794.16.80 The type 'sys.geometry' is not supported with memory optimized tables.
!10794.16.80 The type 'timestamp' is not supported with memory optimized tables.
!10794.16.80 The type 'sql_variant' is not supported with memory optimized tables.
=== properties that are not taken
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a int SPARSE NULL) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a uniqueidentifier ROWGUIDCOL) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int IDENTITY(5, 2) NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a int, INDEX ix (a) WHERE a > 1) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED, a int, INDEX ix (a) INCLUDE (id)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED WITH (FILLFACTOR = 90)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED) ON [PRIMARY] WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON, DATA_COMPRESSION = PAGE)
GO
SELECT OBJECT_ID('dbo.t')
---
!10794.16.4 The feature 'SPARSE' is not supported with memory optimized tables.
!10794.16.5 The feature 'ROWGUIDCOL' is not supported with memory optimized tables.
!12339.16.17 The use of seed and increment values other than 1 is not supported with memory optimized tables.
!10794.16.1 The feature 'WHERE' is not supported with indexes on memory optimized tables.
!10664.16.1 Cannot specify included columns for indexes on memory optimized tables.
!1750.16.0 Could not create constraint or index. See previous errors.
!10794.16.81 The index option 'fillfactor' is not supported with indexes on memory optimized tables.
!10794.16.1 The feature 'ON' is not supported with memory optimized tables.
!10794.16.2 The option 'DATA_COMPRESSION' is not supported with memory optimized tables.
NULL
=== the catalog tells what the table is
CREATE TABLE dbo.t (id int NOT NULL, v int NOT NULL,
    CONSTRAINT pk PRIMARY KEY NONCLUSTERED HASH (id) WITH (BUCKET_COUNT = 100),
    INDEX ixh HASH (v) WITH (BUCKET_COUNT = 64),
    INDEX ixr NONCLUSTERED (v DESC)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.s (id int NOT NULL PRIMARY KEY NONCLUSTERED, v int NOT NULL INDEX ix NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON, DURABILITY = SCHEMA_ONLY)
GO
SELECT name, is_memory_optimized, durability, durability_desc, OBJECTPROPERTY(object_id, 'TableIsMemoryOptimized') FROM sys.tables ORDER BY name
GO
SELECT i.name, i.index_id, i.type, i.type_desc, i.data_space_id, i.allow_row_locks, i.allow_page_locks, h.bucket_count
FROM sys.indexes AS i LEFT JOIN sys.hash_indexes AS h ON h.object_id = i.object_id AND h.index_id = i.index_id
WHERE i.object_id = OBJECT_ID('dbo.t') ORDER BY i.index_id
GO
INSERT dbo.t VALUES (1, 1), (2, 1)
GO
SELECT index_id, rows FROM sys.partitions WHERE object_id = OBJECT_ID('dbo.t') ORDER BY index_id
GO
SELECT COUNT(*) FROM sys.dm_db_partition_stats WHERE object_id = OBJECT_ID('dbo.t')
---
s | 1 | 1 | SCHEMA_ONLY | 1
t | 1 | 0 | SCHEMA_AND_DATA | 1
NULL | 0 | 0 | HEAP | 0 | 0 | 0 | NULL
ixr | 2 | 2 | NONCLUSTERED | 0 | 0 | 0 | NULL
ixh | 3 | 7 | NONCLUSTERED HASH | 0 | 0 | 0 | 64
pk | 4 | 7 | NONCLUSTERED HASH | 0 | 0 | 0 | 128
2 | 2
3 | 2
4 | 2
0
=== indexes are changed by ALTER TABLE
CREATE INDEX ix ON dbo.t (v)
GO
DROP INDEX ixh ON dbo.t
GO
ALTER INDEX ixh ON dbo.t REBUILD
GO
TRUNCATE TABLE dbo.t
GO
ALTER TABLE dbo.t REBUILD
GO
ALTER TABLE dbo.t SET (LOCK_ESCALATION = DISABLE)
GO
ALTER TABLE dbo.t ADD INDEX ix HASH (v) WITH (BUCKET_COUNT = 8)
GO
ALTER TABLE dbo.t ALTER INDEX ix REBUILD WITH (BUCKET_COUNT = 1000)
GO
ALTER TABLE dbo.t ALTER INDEX ixr REBUILD WITH (BUCKET_COUNT = 1000)
GO
ALTER TABLE dbo.t ALTER INDEX nosuch REBUILD WITH (BUCKET_COUNT = 1000)
GO
ALTER TABLE dbo.t DROP INDEX nosuch
GO
ALTER TABLE dbo.t ADD INDEX uq UNIQUE NONCLUSTERED (v)
GO
ALTER TABLE dbo.t DROP INDEX ixh, ixr
GO
ALTER TABLE dbo.t DROP CONSTRAINT pk
GO
ALTER TABLE dbo.t ADD w nvarchar(20) NOT NULL CONSTRAINT df DEFAULT N'x', n nvarchar(20) NULL
GO
SELECT name, bucket_count FROM sys.hash_indexes WHERE object_id = OBJECT_ID('dbo.t') ORDER BY name
GO
SELECT id, w, n FROM dbo.t ORDER BY id
GO
ALTER TABLE dbo.t ADD INDEX ixw NONCLUSTERED (n)
GO
ALTER TABLE dbo.t ALTER COLUMN n nvarchar(40) NULL
GO
ALTER TABLE dbo.t ALTER COLUMN n datetimeoffset(3) NULL
GO
ALTER TABLE dbo.t DROP COLUMN n
GO
ALTER TABLE dbo.t DROP INDEX ixw
GO
ALTER TABLE dbo.t DROP COLUMN n
---
!10794.16.7 The operation 'CREATE INDEX' is not supported with memory optimized tables.
!10794.16.106 The operation 'DROP INDEX' is not supported with memory optimized tables.
!10794.16.8 The operation 'ALTER INDEX' is not supported with memory optimized tables.
!10794.16.88 The statement 'TRUNCATE TABLE' is not supported with memory optimized tables.
!10794.16.126 The operation 'ALTER TABLE REBUILD' is not supported with memory optimized tables.
!10794.16.127 The option 'LOCK_ESCALATION' is not supported with memory optimized tables.
!10790.16.4 The option 'BUCKET_COUNT' can be specified only for hash indexes.
!3701.16.22 Cannot alter the index 'nosuch', because it does not exist or you do not have permission.
!3701.16.21 Cannot drop the index 'nosuch', because it does not exist or you do not have permission.
!1505.16.1 The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name 'dbo.t' and the index name 'uq'. The duplicate key value is (1).
!41321.16.7 The memory optimized table 't' with DURABILITY=SCHEMA_AND_DATA must have a primary key.
!1750.16.0 Could not create constraint or index. See previous errors.
ix | 1024
pk | 128
1 | x | NULL
2 | x | NULL
!5074.16.1 The index 'ixw' is dependent on column 'n'.
!4922.16.9 ALTER TABLE ALTER COLUMN n failed because one or more objects access this column.
!10794.16.80 The type 'datetimeoffset(3)' is not supported with memory optimized tables.
!5074.16.1 The index 'ixw' is dependent on column 'n'.
!4922.16.9 ALTER TABLE DROP COLUMN n failed because one or more objects access this column.
=== index definitions of tables on disk stay where they were
CREATE TABLE dbo.d (id int NOT NULL PRIMARY KEY, v int)
GO
ALTER TABLE dbo.d ADD INDEX ix NONCLUSTERED (v)
GO
ALTER TABLE dbo.d DROP INDEX ix
---
!10785.16.1 The operation 'ALTER TABLE ADD INDEX' is supported only with memory optimized tables.
!1750.16.0 Could not create constraint or index. See previous errors.
!10785.16.2 The operation 'ALTER TABLE DROP INDEX' is supported only with memory optimized tables.
!1750.16.0 Could not create constraint or index. See previous errors.
=== definitions are no part of a transaction
BEGIN TRANSACTION; CREATE TABLE dbo.u (id int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)
GO
ROLLBACK
GO
BEGIN TRANSACTION; ALTER TABLE dbo.s ADD w int NULL
GO
ROLLBACK
GO
BEGIN TRANSACTION; DROP TABLE dbo.s
GO
ROLLBACK
GO
EXEC sp_rename 'dbo.s', 's2'
GO
EXEC sp_rename 'dbo.s2.v', 'w', 'COLUMN'
GO
SELECT w FROM dbo.s2
GO
DROP TABLE dbo.s2
---
!12331.16.1 DDL statements ALTER, DROP and CREATE inside user transactions are not supported with memory optimized tables.
!12331.16.1 DDL statements ALTER, DROP and CREATE inside user transactions are not supported with memory optimized tables.
!12331.16.1 DDL statements ALTER, DROP and CREATE inside user transactions are not supported with memory optimized tables.
~15477 Caution: Changing any part of an object name could break scripts and stored procedures.
~15477 Caution: Changing any part of an object name could break scripts and stored procedures.
=== foreign keys stay on one side
CREATE TABLE dbo.m (id int NOT NULL PRIMARY KEY NONCLUSTERED, p int REFERENCES dbo.d (id)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.p (id int NOT NULL PRIMARY KEY NONCLUSTERED, v int NOT NULL UNIQUE NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.e (id int NOT NULL PRIMARY KEY, p int CONSTRAINT fk REFERENCES dbo.p (id))
GO
CREATE TABLE dbo.m (id int NOT NULL PRIMARY KEY NONCLUSTERED, p int REFERENCES dbo.p (id) ON DELETE CASCADE) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.m (id int NOT NULL PRIMARY KEY NONCLUSTERED, p int CONSTRAINT fk REFERENCES dbo.p (v)) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.m (id int NOT NULL PRIMARY KEY NONCLUSTERED, p int NOT NULL CONSTRAINT fk REFERENCES dbo.p (id)) WITH (MEMORY_OPTIMIZED = ON)
GO
INSERT dbo.m VALUES (1, 9)
GO
INSERT dbo.p VALUES (9, 9); INSERT dbo.m VALUES (1, 9); DELETE dbo.p
---
!10778.16.1 Foreign key relationships between memory optimized tables and non-memory optimized tables are not supported.
!1750.16.0 Could not create constraint or index. See previous errors.
!10778.16.1 Foreign key relationships between memory optimized tables and non-memory optimized tables are not supported.
!1750.16.0 Could not create constraint or index. See previous errors.
!10794.16.134 The option 'CASCADE' is not supported with memory optimized tables.
!10780.16.1 There is no primary key in the referenced table 'p' that matches the referencing column list in the foreign key 'fk'. Foreign keys in memory-optimized tables must reference primary keys.
!1750.16.0 Could not create constraint or index. See previous errors.
!547.16.0 The INSERT statement conflicted with the FOREIGN KEY constraint "fk". The conflict occurred in database "Hartonomous", table "dbo.p", column 'id'.
~3621 The statement has been terminated.
!547.16.0 The DELETE statement conflicted with the REFERENCE constraint "fk". The conflict occurred in database "Hartonomous", table "dbo.m", column 'p'.
~3621 The statement has been terminated.
