-- Rollback: switches system versioning of dbo.AtomRelations off, so that millions of deleted relations do not fill its history.
-- The period columns and the history table stay. Promise: run only after the way back is on record (step
-- versioning.AtomRelations). Writes: the table's definition; CONTROL on both tables is needed; Msg 13591 when it is off already.
-- Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomRelations SET (SYSTEM_VERSIONING = OFF);
