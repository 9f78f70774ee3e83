-- Empties the writer's temporary tables before a batch. Writes: tempdb. Mode: batch, session scope, no result.
-- A rolled-back batch has given its rows back already; this makes sure of it.
TRUNCATE TABLE #batch_value;
TRUNCATE TABLE #batch_progress;
