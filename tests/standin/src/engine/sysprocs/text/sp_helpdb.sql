SET NOCOUNT ON;
SELECT d.name, STR(CAST((SELECT SUM(CAST(f.size AS bigint)) FROM sys.master_files AS f WHERE f.database_id = d.database_id) AS float) / 128, 10, 2) + N' MB' AS db_size,
       CAST(N'sa' AS sysname) AS owner, CAST(d.database_id AS smallint) AS dbid, CONVERT(nvarchar(11), d.create_date, 100) AS created,
       CAST(CONCAT(N'Status=', d.state_desc, N', Updateability=', CASE WHEN d.is_read_only = 1 THEN N'READ_ONLY' ELSE N'READ_WRITE' END, N', UserAccess=', d.user_access_desc,
                   N', Recovery=', d.recovery_model_desc, N', Version=998, Collation=', d.collation_name, N', SQLSortOrder=52, IsAutoCreateStatistics, IsAutoUpdateStatistics, IsFullTextEnabled') AS nvarchar(600)) AS status,
       d.compatibility_level
FROM sys.databases AS d
WHERE @dbname IS NULL OR d.name = @dbname
ORDER BY d.name;
IF @dbname IS NOT NULL
    SELECT f.name, CAST(f.file_id AS smallint) AS fileid, f.physical_name AS filename, CASE WHEN f.type = 0 THEN CAST(N'PRIMARY' AS sysname) END AS filegroup,
           CAST(CONCAT(CAST(f.size AS bigint) * 8, N' KB') AS nvarchar(18)) AS size,
           CAST(CASE WHEN f.max_size IN (-1, 268435456) THEN N'Unlimited' ELSE CONCAT(CAST(f.max_size AS bigint) * 8, N' KB') END AS nvarchar(18)) AS maxsize,
           CAST(CASE WHEN f.is_percent_growth = 1 THEN CONCAT(f.growth, N'%') ELSE CONCAT(CAST(f.growth AS bigint) * 8, N' KB') END AS nvarchar(18)) AS growth,
           CAST(CASE WHEN f.type = 1 THEN 'log only' ELSE 'data only' END AS varchar(9)) AS usage
    FROM sys.master_files AS f WHERE f.database_id = DB_ID(@dbname) ORDER BY f.file_id;
