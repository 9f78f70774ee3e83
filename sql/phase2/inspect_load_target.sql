-- What shape is the target of phase 2's load? Reads: the catalog, and whether dbo.AtomRelations has a row. Writes: nothing.
-- Mode: batch or RPC, no parameters. Result, one row: RecoveryModel nvarchar(60), IsReadCommittedSnapshot bit, LockOnBulkLoad bit
-- (the table's own option: every bulk load takes a table lock), LockEscalation nvarchar(60), IsVersioned bit, IsReplicated bit,
-- RowEstimate bigint, IsEmpty bit, ClusteredKey nvarchar(max) (column names; NULL: a heap), IsIdentityKey bit (its first column).
SELECT d.recovery_model_desc AS RecoveryModel, d.is_read_committed_snapshot_on AS IsReadCommittedSnapshot,
       t.lock_on_bulk_load AS LockOnBulkLoad, t.lock_escalation_desc AS LockEscalation,
       CAST(CASE WHEN t.temporal_type = 2 THEN 1 ELSE 0 END AS bit) AS IsVersioned, t.is_replicated AS IsReplicated,
       ISNULL((SELECT SUM(p.rows) FROM sys.partitions AS p WHERE p.object_id = t.object_id AND p.index_id IN (0, 1)), 0) AS RowEstimate,
       CAST(CASE WHEN EXISTS (SELECT 1 FROM dbo.AtomRelations) THEN 0 ELSE 1 END AS bit) AS IsEmpty,
       k.ClusteredKey, CAST(ISNULL(k.IsIdentityKey, 0) AS bit) AS IsIdentityKey
FROM sys.tables AS t
JOIN sys.databases AS d ON d.database_id = DB_ID()
OUTER APPLY (SELECT STRING_AGG(CAST(c.name AS nvarchar(max)), N', ') WITHIN GROUP (ORDER BY ic.key_ordinal) AS ClusteredKey,
                    MAX(CASE WHEN ic.key_ordinal = 1 AND c.is_identity = 1 THEN 1 ELSE 0 END) AS IsIdentityKey
             FROM sys.index_columns AS ic
             JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
             WHERE ic.object_id = t.object_id AND ic.index_id = 1 AND ic.key_ordinal > 0) AS k
WHERE t.object_id = OBJECT_ID(N'dbo.AtomRelations');
