-- Rollback: switches system versioning of dbo.AtomRelations on again, with the history table and the retention it had.
-- Writes: the table's definition; the server checks the history (Msg 13541, 13543, 13573). CONTROL on both tables is needed.
-- Markers: HistorySchema, HistoryTable (quoted names), Period (a number, or INFINITE), Unit (empty with INFINITE).
-- Mode: batch, no parameters, no result.
ALTER TABLE dbo.AtomRelations SET (SYSTEM_VERSIONING = ON (
    HISTORY_TABLE = /*{HistorySchema}*/[dbo]/*{end}*/./*{HistoryTable}*/[AtomRelations_History]/*{end}*/,
    DATA_CONSISTENCY_CHECK = ON,
    HISTORY_RETENTION_PERIOD = /*{Period}*/INFINITE/*{end}*/ /*{Unit}*//*{end}*/));
