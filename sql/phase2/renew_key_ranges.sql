-- The heartbeat of a process: renews the leases of its run that no batch is just renewing by itself.
-- Writes: hartonomous.key_ranges. Mode: RPC. Parameters: @P1 bigint: fencing number; @P2 bigint: run_id; @P3 int: seconds.
-- Result, one row: RowsWritten int. A lease that has run out is renewed too, unless somebody has taken the range over.
UPDATE k
SET k.leased_until = DATEADD(second, @P3, SYSUTCDATETIME())
FROM hartonomous.key_ranges AS k WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK)
WHERE k.fencing_number = @P1 AND k.run_id = @P2 AND k.state = N'leased';
SELECT @@ROWCOUNT AS RowsWritten;
