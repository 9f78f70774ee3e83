-- What server is it? Reads: server and database properties. Writes: nothing. Mode: batch or RPC, no parameters.
-- Result, one row: ServerName, ProductVersion, ProductLevel, Edition nvarchar(128), MajorVersion int (17: SQL Server 2025),
-- EngineEdition int (2 Standard, 3 Enterprise, 4 Express, 5 Azure SQL Database, 8 Managed Instance), IsXtpSupported int,
-- IsHadrEnabled int, HasVector bit, HasJson bit, Collation nvarchar(128). Azure's version numbers are not comparable.
SELECT CAST(SERVERPROPERTY('ServerName') AS nvarchar(128)) AS ServerName,
       CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS ProductVersion,
       CAST(SERVERPROPERTY('ProductLevel') AS nvarchar(128)) AS ProductLevel,
       CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS Edition,
       CAST(SERVERPROPERTY('ProductMajorVersion') AS int) AS MajorVersion,
       CAST(SERVERPROPERTY('EngineEdition') AS int) AS EngineEdition,
       CAST(SERVERPROPERTY('IsXTPSupported') AS int) AS IsXtpSupported,
       CAST(SERVERPROPERTY('IsHadrEnabled') AS int) AS IsHadrEnabled,
       CAST(CASE WHEN TYPE_ID(N'sys.vector') IS NULL THEN 0 ELSE 1 END AS bit) AS HasVector,
       CAST(CASE WHEN TYPE_ID(N'json') IS NULL THEN 0 ELSE 1 END AS bit) AS HasJson,
       CAST(SERVERPROPERTY('Collation') AS nvarchar(128)) AS Collation;
