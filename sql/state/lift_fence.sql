-- After a restore: raises the fencing number past every number that a run may have been given since the backup, and which the
-- restored row does not know. A million runs between a backup and its restore are more than there will be.
-- Writes: hartonomous.fence. Mode: RPC, before the run that has restored is recorded. No parameters. Result, one row:
-- FencingNumber bigint.
UPDATE hartonomous.fence
SET fencing_number = fencing_number + 1000000
OUTPUT inserted.fencing_number AS FencingNumber
WHERE id = 1;
