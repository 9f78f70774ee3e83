-- How much room do the files have? Reads: sys.database_files. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, by FileId: FileId int, FileName nvarchar(128), FileType nvarchar(60), SizeBytes bigint, UsedBytes bigint (NULL for a
-- log or a container), MaxBytes bigint (NULL: no limit of its own), GrowthPages int, IsPercentGrowth bit. Pages are 8,192 bytes.
SELECT f.file_id AS FileId, f.name AS FileName, f.type_desc AS FileType, CAST(f.size AS bigint) * 8192 AS SizeBytes,
       CASE WHEN f.type = 0 THEN CAST(FILEPROPERTY(f.name, 'SpaceUsed') AS bigint) * 8192 END AS UsedBytes,
       CASE WHEN f.max_size IN (-1, 268435456) THEN NULL ELSE CAST(f.max_size AS bigint) * 8192 END AS MaxBytes,
       f.growth AS GrowthPages, f.is_percent_growth AS IsPercentGrowth
FROM sys.database_files AS f
ORDER BY f.file_id;
