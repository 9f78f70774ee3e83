-- Is the connection alive, and what time does the server have? Reads and writes: nothing. Mode: batch or RPC.
-- Result, one row: ServerUtc datetime2(7), OpenTransactions int.
SELECT SYSUTCDATETIME() AS ServerUtc, @@TRANCOUNT AS OpenTransactions;
