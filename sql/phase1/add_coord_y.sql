-- Adds dbo.AtomRelations.CoordY: second coordinate. Metadata only; on a system-versioned table the history follows.
-- Reads: nothing. Writes: the table's definition. Promise: run only when inspect_columns.sql does not list the column
-- (else Msg 2705). Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomRelations ADD CoordY float NULL;
