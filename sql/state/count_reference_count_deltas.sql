-- How many reference-count deltas wait to be folded? Reads: hartonomous.reference_count_deltas. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: Waiting bigint.
SELECT COUNT_BIG(*) AS Waiting FROM hartonomous.reference_count_deltas;
