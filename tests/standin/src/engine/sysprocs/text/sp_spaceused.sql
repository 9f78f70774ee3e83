SET NOCOUNT ON;
IF @objname IS NULL
BEGIN
    DECLARE @all bigint, @rows bigint, @reserved bigint, @used bigint, @data bigint, @files bigint;
    SELECT @all = SUM(CAST(size AS bigint)), @files = SUM(CASE WHEN type = 0 THEN CAST(size AS bigint) ELSE 0 END) FROM sys.database_files;
    SELECT @reserved = COALESCE(SUM(reserved_page_count), 0), @used = COALESCE(SUM(used_page_count), 0),
           @data = COALESCE(SUM(CASE WHEN index_id < 2 THEN in_row_data_page_count + lob_used_page_count + row_overflow_used_page_count ELSE 0 END), 0)
    FROM sys.dm_db_partition_stats;
    SELECT CAST(DB_NAME() AS nvarchar(128)) AS database_name, CAST(LTRIM(STR(CAST(@all AS float) / 128, 15, 2)) + ' MB' AS varchar(18)) AS database_size,
           CAST(LTRIM(STR(CASE WHEN @files >= @reserved THEN CAST(@files - @reserved AS float) / 128 ELSE 0 END, 15, 2)) + ' MB' AS varchar(18)) AS [unallocated space];
    SELECT CAST(CONCAT(@reserved * 8, ' KB') AS varchar(18)) AS reserved, CAST(CONCAT(@data * 8, ' KB') AS varchar(18)) AS data,
           CAST(CONCAT((@used - @data) * 8, ' KB') AS varchar(18)) AS index_size, CAST(CONCAT((@reserved - @used) * 8, ' KB') AS varchar(18)) AS unused;
    RETURN;
END;
IF OBJECTPROPERTY(OBJECT_ID(@objname), 'TableIsMemoryOptimized') = 1
    THROW 50000, N'hartonomous-standin does not implement sp_spaceused of a memory-optimised table.', 1;
SELECT CAST(OBJECT_NAME(OBJECT_ID(@objname)) AS nvarchar(128)) AS name,
       CAST(SUM(CASE WHEN s.index_id < 2 THEN s.row_count ELSE 0 END) AS char(20)) AS rows,
       CAST(CONCAT(SUM(s.reserved_page_count) * 8, ' KB') AS varchar(18)) AS reserved,
       CAST(CONCAT(SUM(CASE WHEN s.index_id < 2 THEN s.in_row_data_page_count + s.lob_used_page_count + s.row_overflow_used_page_count ELSE 0 END) * 8, ' KB') AS varchar(18)) AS data,
       CAST(CONCAT((SUM(s.used_page_count) - SUM(CASE WHEN s.index_id < 2 THEN s.in_row_data_page_count + s.lob_used_page_count + s.row_overflow_used_page_count ELSE 0 END)) * 8, ' KB') AS varchar(18)) AS index_size,
       CAST(CONCAT((SUM(s.reserved_page_count) - SUM(s.used_page_count)) * 8, ' KB') AS varchar(18)) AS unused
FROM sys.dm_db_partition_stats AS s
WHERE s.object_id = OBJECT_ID(@objname);
