-- Rollback: writes a checkpoint, which the removal of the last container waits for. Writes: the database's files. Mode: batch. No result.
CHECKPOINT;
