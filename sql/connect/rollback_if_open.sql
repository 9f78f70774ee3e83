-- Rolls back whatever transaction is open. Writes: nothing else. Mode: batch, in session scope, no parameters, no result.
IF @@TRANCOUNT > 0
    ROLLBACK TRANSACTION;
