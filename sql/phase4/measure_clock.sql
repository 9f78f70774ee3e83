-- How finely does the server's clock step? The smallest difference between two readings that differ, over 20,000 readings. Reads:
-- SYSUTCDATETIME. Writes: nothing. Mode: batch or RPC, no parameters. Result, one row: StepNanoseconds bigint (NULL: it never moved).
DECLARE @n int = 0, @step bigint, @found bigint, @last datetime2(7) = SYSUTCDATETIME(), @now datetime2(7);
WHILE @n < 20000
BEGIN
    SET @now = SYSUTCDATETIME();
    IF @now > @last
    BEGIN
        SET @found = DATEDIFF_BIG(NANOSECOND, @last, @now);
        IF @step IS NULL OR @found < @step
            SET @step = @found;
        SET @last = @now;
    END;
    SET @n = @n + 1;
END;
SELECT @step AS StepNanoseconds;
