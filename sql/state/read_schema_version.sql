-- Which layout does schema hartonomous have? Safe on a database that has never seen the tool.
-- Reads: the catalog. Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: HasSchema bit, HasVersionTable bit.
-- When HasVersionTable is 1, list_schema_versions.sql tells the rest; in one batch a missing table would be Msg 208.
SELECT CAST(CASE WHEN SCHEMA_ID(N'hartonomous') IS NULL THEN 0 ELSE 1 END AS bit) AS HasSchema,
       CAST(CASE WHEN OBJECT_ID(N'hartonomous.schema_version', N'U') IS NULL THEN 0 ELSE 1 END AS bit) AS HasVersionTable;
