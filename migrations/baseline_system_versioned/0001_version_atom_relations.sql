-- Variant of the baseline: dbo.AtomRelations system-versioned, history in dbo.AtomRelations_History.
-- Run after migrations/baseline. Reads and writes: dbo.AtomRelations. Both period columns and the PERIOD are added in one
-- statement: a lone generated column is Msg 13509, and versioning without a period is Msg 13510.
-- Mode: script, batches separated by GO.
ALTER TABLE dbo.AtomRelations ADD
    ValidFrom datetime2(7) GENERATED ALWAYS AS ROW START NOT NULL
        CONSTRAINT DF_AtomRelations_ValidFrom DEFAULT SYSUTCDATETIME(),
    ValidTo datetime2(7) GENERATED ALWAYS AS ROW END NOT NULL
        CONSTRAINT DF_AtomRelations_ValidTo DEFAULT CONVERT(datetime2(7), '9999-12-31 23:59:59.9999999'),
    PERIOD FOR SYSTEM_TIME (ValidFrom, ValidTo);
GO
ALTER TABLE dbo.AtomRelations SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.AtomRelations_History));
GO
