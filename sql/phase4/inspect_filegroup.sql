-- The filegroup for memory-optimised data and its containers (folders on the server). Reads: the catalog. Writes: nothing. Mode:
-- batch or RPC, no parameters. Result, by FileId: FilegroupName nvarchar(128), FileId int, FileName nvarchar(128), PhysicalName
-- nvarchar(260) (the last three NULL: a filegroup without a container). A database has at most one such filegroup (Msg 10797).
SELECT g.name AS FilegroupName, f.file_id AS FileId, f.name AS FileName, f.physical_name AS PhysicalName
FROM sys.filegroups AS g
LEFT JOIN sys.database_files AS f ON f.data_space_id = g.data_space_id AND f.type = 2
WHERE g.type = N'FX'
ORDER BY f.file_id;
