-- Refreshes all statistics of dbo.AtomRelations. Reads: the table. Writes: its statistics. Promise: safe at any time.
-- Mode: batch, no parameters, no result.
UPDATE STATISTICS dbo.AtomRelations;
