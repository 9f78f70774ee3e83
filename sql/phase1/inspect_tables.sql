-- Reads what kind of tables the migration meets: versioning, replication, change tracking, triggers, lock escalation.
-- Reads: the catalog. Writes: nothing. Parameters: none (batch or RPC). Result, one row per table that exists:
-- TableName nvarchar(128), TemporalType int (0 none, 1 history, 2 versioned), HistorySchema, HistoryTable nvarchar(128),
-- IsMemoryOptimized bit, IsReplicated bit, IsMergePublished bit, IsTrackedByCdc bit, LockOnBulkLoad bit,
-- LockEscalation nvarchar(60), Triggers int (enabled ones), ModifiedAt datetime (server's local time), by name.
SELECT t.name AS TableName, CAST(t.temporal_type AS int) AS TemporalType, OBJECT_SCHEMA_NAME(t.history_table_id) AS HistorySchema,
       OBJECT_NAME(t.history_table_id) AS HistoryTable, t.is_memory_optimized AS IsMemoryOptimized,
       t.is_replicated AS IsReplicated, t.is_merge_published AS IsMergePublished, t.is_tracked_by_cdc AS IsTrackedByCdc,
       t.lock_on_bulk_load AS LockOnBulkLoad, t.lock_escalation_desc AS LockEscalation,
       (SELECT COUNT(*) FROM sys.triggers AS g WHERE g.parent_id = t.object_id AND g.is_disabled = 0) AS Triggers,
       t.modify_date AS ModifiedAt
FROM sys.tables AS t
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE s.name = N'dbo'
  AND t.name IN (N'Atoms', N'AtomRelations', N'AtomEmbeddings', N'EmbeddingMigrationProgress', N'AtomEmbeddings_InMemory')
ORDER BY t.name;
