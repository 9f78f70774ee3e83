=== a disabled index keeps its definition and forgets how it was compressed
CREATE TABLE dbo.packed (Id int NOT NULL CONSTRAINT PK_packed PRIMARY KEY, V int NOT NULL)
GO
CREATE INDEX IX_packed_V ON dbo.packed (V) WITH (DATA_COMPRESSION = PAGE)
GO
SELECT p.data_compression_desc FROM sys.indexes AS i JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id WHERE i.name = N'IX_packed_V'
GO
ALTER INDEX IX_packed_V ON dbo.packed REBUILD
GO
SELECT p.data_compression_desc FROM sys.indexes AS i JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id WHERE i.name = N'IX_packed_V'
GO
ALTER INDEX IX_packed_V ON dbo.packed DISABLE
GO
SELECT i.is_disabled, p.data_compression_desc FROM sys.indexes AS i LEFT JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id WHERE i.name = N'IX_packed_V'
GO
ALTER INDEX IX_packed_V ON dbo.packed REBUILD
GO
SELECT p.data_compression_desc FROM sys.indexes AS i JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id WHERE i.name = N'IX_packed_V'
GO
ALTER INDEX IX_packed_V ON dbo.packed DISABLE
GO
ALTER INDEX IX_packed_V ON dbo.packed REBUILD WITH (DATA_COMPRESSION = PAGE)
GO
SELECT p.data_compression_desc FROM sys.indexes AS i JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id WHERE i.name = N'IX_packed_V'
---
PAGE
PAGE
1 | NULL
NONE
PAGE
=== a session shows its SET options to others
SELECT quoted_identifier, ansi_nulls, ansi_warnings, ansi_padding, concat_null_yields_null FROM sys.dm_exec_sessions WHERE session_id = @@SPID
GO
SET QUOTED_IDENTIFIER OFF
GO
SELECT quoted_identifier, ansi_nulls FROM sys.dm_exec_sessions WHERE session_id = @@SPID
GO
SET QUOTED_IDENTIFIER ON
---
1 | 1 | 1 | 1 | 1
0 | 1
