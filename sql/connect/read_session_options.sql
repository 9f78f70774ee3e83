-- Reads the session options back. Reads: @@OPTIONS. Writes: nothing. Mode: batch (an RPC has a scope of its own).
-- Result, one row: Options int (bit mask: 2 IMPLICIT_TRANSACTIONS, 8 ANSI_WARNINGS, 16 ANSI_PADDING, 32 ANSI_NULLS,
-- 64 ARITHABORT, 256 QUOTED_IDENTIFIER, 512 NOCOUNT, 4096 CONCAT_NULL_YIELDS_NULL, 8192 NUMERIC_ROUNDABORT,
-- 16384 XACT_ABORT), LockTimeout int, SessionId int, OpenTransactions int, DatabaseName nvarchar(128), LoginName nvarchar(128).
SELECT @@OPTIONS AS Options, @@LOCK_TIMEOUT AS LockTimeout, CAST(@@SPID AS int) AS SessionId, @@TRANCOUNT AS OpenTransactions,
       DB_NAME() AS DatabaseName, ORIGINAL_LOGIN() AS LoginName;
