=== set up
ALTER DATABASE CURRENT ADD FILEGROUP fx CONTAINS MEMORY_OPTIMIZED_DATA
GO
ALTER DATABASE CURRENT ADD FILE (NAME = c1, FILENAME = '/data/rows') TO FILEGROUP fx
GO
CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT pk PRIMARY KEY NONCLUSTERED HASH WITH (BUCKET_COUNT = 64), v int NOT NULL INDEX ix NONCLUSTERED, w nvarchar(20) NULL) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.i (id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY NONCLUSTERED, v int NOT NULL DEFAULT 7 CONSTRAINT ck CHECK (v > 0), b nvarchar(max) NULL) WITH (MEMORY_OPTIMIZED = ON)
GO
CREATE TABLE dbo.d (id int NOT NULL PRIMARY KEY, v int)
GO
INSERT dbo.d VALUES (1, 10), (2, 20), (3, 30)
---
=== rows come, change and go
INSERT dbo.t SELECT id, v, NULL FROM dbo.d
GO
UPDATE t SET w = N'x' FROM dbo.t AS t JOIN dbo.d AS d ON d.id = t.id WHERE d.v > 10
GO
SELECT t.id, t.v, t.w, d.v FROM dbo.t AS t JOIN dbo.d AS d ON d.id = t.id ORDER BY t.id
GO
SELECT id FROM dbo.t WHERE id = 2 OR v = 30 ORDER BY v DESC
GO
DELETE dbo.t WHERE v >= 20; SELECT @@ROWCOUNT, (SELECT COUNT(*) FROM dbo.t)
GO
INSERT dbo.t (id, v) VALUES (5, 1), (1, 1)
GO
SELECT COUNT(*) FROM dbo.t
GO
DELETE dbo.t
---
1 | 10 | NULL | 10
2 | 20 | x | 20
3 | 30 | x | 30
3
2
2 | 1
!2627.14.1 Violation of PRIMARY KEY constraint 'pk'. Cannot insert duplicate key in object 't'. The duplicate key value is (1).
~3621 The statement has been terminated.
1
=== identities and large values
INSERT dbo.i (b) VALUES (REPLICATE(CAST(N'x' AS nvarchar(max)), 5000))
GO
SET IDENTITY_INSERT dbo.i ON; INSERT dbo.i (id, v) VALUES (41, 1); SET IDENTITY_INSERT dbo.i OFF; INSERT dbo.i (v) VALUES (2)
GO
INSERT dbo.i (v) VALUES (0)
GO
SELECT id, v, LEN(b) FROM dbo.i ORDER BY id
GO
SELECT CAST(IDENT_CURRENT('dbo.i') AS int)
---
!547.16.0 The INSERT statement conflicted with the CHECK constraint "ck". The conflict occurred in database "Hartonomous", table "dbo.i", column 'v'.
~3621 The statement has been terminated.
1 | 7 | 5000
41 | 1 | NULL
42 | 2 | NULL
43
=== what a statement may not do
MERGE dbo.t USING (VALUES (1)) AS s (id) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 1);
GO
UPDATE dbo.t SET id = id WHERE 1 = 0
GO
SELECT 1; SELECT * FROM dbo.t WITH (UPDLOCK)
GO
SELECT * FROM dbo.t WITH (HOLDLOCK)
GO
INSERT dbo.t WITH (TABLOCK) (id, v) VALUES (1, 1)
GO
UPDATE dbo.t WITH (ROWLOCK) SET v = 1
GO
SELECT * FROM dbo.d WITH (SNAPSHOT)
GO
SELECT COUNT(*) FROM dbo.t WITH (NOLOCK)
GO
MERGE dbo.d USING dbo.t ON t.id = d.id WHEN MATCHED THEN DELETE;
---
!10794.16.94 The operation 'MERGE' is not supported with memory optimized tables.
!12302.16.6 Updating columns that are part of the PRIMARY KEY constraint is not supported with memory optimized tables.
!10794.16.82 The table option 'updlock' is not supported with memory optimized tables.
!10794.16.82 The table option 'holdlock' is not supported with memory optimized tables.
!10794.16.82 The table option 'tablock' is not supported with memory optimized tables.
!10794.16.82 The table option 'rowlock' is not supported with memory optimized tables.
!367.16.1 The hint 'SNAPSHOT' is valid only with memory optimized tables.
0
=== a transaction reads at a level that it names
BEGIN TRANSACTION; INSERT dbo.d VALUES (9, 9); SELECT * FROM dbo.t; SELECT 1
GO
SELECT @@TRANCOUNT, (SELECT COUNT(*) FROM dbo.d WHERE id = 9)
GO
BEGIN TRANSACTION; INSERT dbo.t (id, v) VALUES (1, 1); COMMIT
GO
BEGIN TRANSACTION; INSERT dbo.t (id, v) SELECT id + 1, v FROM dbo.t WITH (SNAPSHOT); COMMIT
GO
BEGIN TRANSACTION; UPDATE dbo.t SET v = 2
GO
SELECT @@TRANCOUNT
GO
BEGIN TRANSACTION; UPDATE dbo.t WITH (SNAPSHOT) SET v = 2; DELETE dbo.t WITH (SNAPSHOT) WHERE id = 1; ROLLBACK
GO
BEGIN TRANSACTION; SELECT COUNT(*) FROM dbo.t WITH (REPEATABLEREAD); SELECT COUNT(*) FROM dbo.t WITH (SERIALIZABLE); COMMIT
GO
BEGIN TRY BEGIN TRANSACTION; SELECT * FROM dbo.t END TRY BEGIN CATCH SELECT ERROR_NUMBER(), XACT_STATE(); ROLLBACK END CATCH
GO
ALTER DATABASE CURRENT SET MEMORY_OPTIMIZED_ELEVATE_TO_SNAPSHOT = ON
GO
BEGIN TRANSACTION; SELECT id, v FROM dbo.t ORDER BY id; COMMIT
GO
ALTER DATABASE CURRENT SET MEMORY_OPTIMIZED_ELEVATE_TO_SNAPSHOT = OFF
GO
SET IMPLICIT_TRANSACTIONS ON; SELECT COUNT(*) FROM dbo.t
GO
SET IMPLICIT_TRANSACTIONS OFF; SELECT @@TRANCOUNT
---
!41368.16.1 Accessing memory optimized tables using the READ COMMITTED isolation level is supported only for autocommit transactions. It is not supported for explicit or implicit transactions. Provide a supported isolation level for the memory optimized table using a table hint, such as WITH (SNAPSHOT).
0 | 0
!41368.16.1 Accessing memory optimized tables using the READ COMMITTED isolation level is supported only for autocommit transactions. It is not supported for explicit or implicit transactions. Provide a supported isolation level for the memory optimized table using a table hint, such as WITH (SNAPSHOT).
0
2
2
41368 | -1
1 | 1
2 | 1
!41368.16.1 Accessing memory optimized tables using the READ COMMITTED isolation level is supported only for autocommit transactions. It is not supported for explicit or implicit transactions. Provide a supported isolation level for the memory optimized table using a table hint, such as WITH (SNAPSHOT).
0
=== levels of the session
SET TRANSACTION ISOLATION LEVEL SNAPSHOT; SELECT * FROM dbo.t WITH (SNAPSHOT)
GO
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT COUNT(*) FROM dbo.t WITH (SNAPSHOT); SELECT * FROM dbo.t
GO
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT COUNT(*) FROM dbo.t WITH (SNAPSHOT); SELECT * FROM dbo.t
GO
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; SELECT * FROM dbo.t
GO
SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SELECT COUNT(*) FROM dbo.t
---
!41332.16.1 Memory optimized tables and natively compiled modules cannot be accessed or created when the session TRANSACTION ISOLATION LEVEL is set to SNAPSHOT.
2
!41333.16.1 The following transactions must access memory optimized tables and natively compiled modules under snapshot isolation: RepeatableRead transactions, Serializable transactions, and transactions that access tables that are not memory optimized in RepeatableRead or Serializable isolation.
2
!41333.16.1 The following transactions must access memory optimized tables and natively compiled modules under snapshot isolation: RepeatableRead transactions, Serializable transactions, and transactions that access tables that are not memory optimized in RepeatableRead or Serializable isolation.
!10794.16.76 The transaction isolation level 'READ UNCOMMITTED' is not supported with memory optimized tables.
2
=== no savepoints, no second database
BEGIN TRANSACTION; INSERT dbo.t (id, v) VALUES (8, 8); SAVE TRANSACTION s; ROLLBACK
GO
CREATE DATABASE other
GO
CREATE TABLE other.dbo.x (id int)
GO
BEGIN TRANSACTION; INSERT dbo.t (id, v) VALUES (8, 8); INSERT other.dbo.x VALUES (1); COMMIT
GO
SELECT @@TRANCOUNT, (SELECT COUNT(*) FROM dbo.t WHERE id = 8)
---
!12326.16.1 Creating a savepoint is not supported with memory optimized tables.
!41317.16.1 A user transaction that accesses memory optimized tables or natively compiled modules cannot access more than one user database or databases model and msdb, and it cannot write to master.
0 | 0
=== row versions on disk do not mix with READ COMMITTED
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON
GO
SELECT COUNT(*) FROM dbo.t AS t JOIN dbo.d AS d ON d.id = t.id
GO
SELECT COUNT(*) FROM dbo.t AS t WITH (SNAPSHOT) JOIN dbo.d AS d ON d.id = t.id
GO
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF
---
!41359.16.1 A query that accesses memory optimized tables using the READ COMMITTED isolation level, cannot access disk based tables when the database option READ_COMMITTED_SNAPSHOT is set to ON. Provide a supported isolation level for the memory optimized table using a table hint, such as WITH (SNAPSHOT).
2
=== figures of memory and buckets
CREATE TABLE dbo.h (id int NOT NULL PRIMARY KEY NONCLUSTERED HASH WITH (BUCKET_COUNT = 1024), v int NOT NULL INDEX ixv NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)
GO
SELECT memory_allocated_for_table_kb, memory_used_by_table_kb, memory_allocated_for_indexes_kb, memory_used_by_indexes_kb FROM sys.dm_db_xtp_table_memory_stats WHERE object_id = OBJECT_ID('dbo.h')
GO
SELECT total_bucket_count, empty_bucket_count, avg_chain_length, max_chain_length FROM sys.dm_db_xtp_hash_index_stats WHERE object_id = OBJECT_ID('dbo.h')
GO
INSERT dbo.h SELECT value, value % 3 FROM GENERATE_SERIES(1, 4096)
GO
SELECT CASE WHEN memory_used_by_table_kb BETWEEN 4096 * 40 / 1024 AND 4096 * 120 / 1024 THEN N'rows' END, CASE WHEN memory_allocated_for_table_kb >= memory_used_by_table_kb THEN N'pieces' END FROM sys.dm_db_xtp_table_memory_stats WHERE object_id = OBJECT_ID('dbo.h')
GO
SELECT total_bucket_count, CASE WHEN empty_bucket_count < 60 THEN N'few' END, avg_chain_length, CASE WHEN max_chain_length BETWEEN 8 AND 20 THEN N'spread' END FROM sys.dm_db_xtp_hash_index_stats WHERE object_id = OBJECT_ID('dbo.h')
GO
SELECT v FROM dbo.h WHERE id = 7
GO
SELECT i.name, s.scans_started, s.rows_returned FROM sys.dm_db_xtp_index_stats AS s JOIN sys.indexes AS i ON i.object_id = s.object_id AND i.index_id = s.index_id WHERE s.object_id = OBJECT_ID('dbo.h') AND i.name = 'ixv'
GO
SELECT name, CASE WHEN used_memory_kb > 0 AND used_memory_kb < max_memory_kb AND target_memory_kb > 0 THEN N'known' END FROM sys.dm_resource_governor_resource_pools ORDER BY pool_id
GO
SELECT index_id, row_lock_wait_count, page_lock_wait_count FROM sys.dm_db_index_operational_stats(DB_ID(), OBJECT_ID('dbo.d'), NULL, NULL)
GO
SELECT COUNT(*) FROM sys.dm_db_index_operational_stats(DB_ID(), OBJECT_ID('dbo.h'), NULL, NULL)
GO
EXEC sp_helpindex 'dbo.t'
---
64 | 0 | 192 | 8
1024 | 1024 | 0 | 0
rows | pieces
1024 | few | 4 | spread
1
ixv | 0 | 0
internal | known
default | known
1 | 0 | 0
0
ix | nonclustered located in MEMORY | v
pk | nonclustered hash, unique, primary key located in MEMORY | id
=== the clock goes on inside of one batch
DECLARE @first datetime2(7) = SYSUTCDATETIME(), @next datetime2(7) = SYSUTCDATETIME(), @steps int = 0, @n int = 0
WHILE @n < 200
BEGIN
    SET @n += 1;
    SET @next = SYSUTCDATETIME();
    IF @next > @first SET @steps += 1;
    SET @first = @next;
END
SELECT CASE WHEN @steps > 150 THEN N'goes on' ELSE CONCAT(@steps, N' steps') END, DATEDIFF_BIG(NANOSECOND, @first, @next) % 100
---
goes on | 0
