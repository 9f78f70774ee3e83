#![doc = "Takes a SQL Server 2025 database from VECTOR columns to deduplicated atoms."]
