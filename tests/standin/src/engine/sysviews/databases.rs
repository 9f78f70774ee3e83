//! sys.databases, files, filegroups and database options.

use crate::catalog::{Database, DatabaseState, MSDB};
use crate::engine::Session;
use crate::engine::conditions::LogReuseWait;
use crate::engine::ddl::permission;
use crate::error::Result;
use crate::types::Value;

use super::snapshot::{Snapshot, big, bit, datetime_of_ticks, int, numeric, text, used_pages};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.databases",
        spec: "name sysname!, database_id int!, source_database_id int, owner_sid varbinary(85), create_date datetime!, \
            compatibility_level tinyint!, collation_name sysname, user_access tinyint=0, user_access_desc nvarchar(60)=MULTI_USER, \
            is_read_only bit=0, is_auto_close_on bit!=0, is_auto_shrink_on bit=0, state tinyint=0, state_desc nvarchar(60)=ONLINE, \
            is_in_standby bit=0, is_cleanly_shutdown bit=0, is_supplemental_logging_enabled bit=0, \
            snapshot_isolation_state tinyint=0, snapshot_isolation_state_desc nvarchar(60)=OFF, is_read_committed_snapshot_on bit=0, \
            recovery_model tinyint=1, recovery_model_desc nvarchar(60)=FULL, page_verify_option tinyint=2, \
            page_verify_option_desc nvarchar(60)=CHECKSUM, is_auto_create_stats_on bit=1, is_auto_create_stats_incremental_on bit=0, \
            is_auto_update_stats_on bit=1, is_auto_update_stats_async_on bit=0, is_ansi_null_default_on bit=0, is_ansi_nulls_on bit=0, \
            is_ansi_padding_on bit=0, is_ansi_warnings_on bit=0, is_arithabort_on bit=0, is_concat_null_yields_null_on bit=0, \
            is_numeric_roundabort_on bit=0, is_quoted_identifier_on bit=0, is_recursive_triggers_on bit=0, \
            is_cursor_close_on_commit_on bit=0, is_local_cursor_default bit=0, is_fulltext_enabled bit=1, is_trustworthy_on bit=0, \
            is_db_chaining_on bit=0, is_parameterization_forced bit=0, is_master_key_encrypted_by_server bit!=0, \
            is_query_store_on bit=0, is_published bit!=0, is_subscribed bit!=0, is_merge_published bit!=0, is_distributor bit!=0, \
            is_sync_with_backup bit!=0, service_broker_guid uniqueidentifier, is_broker_enabled bit!=0, log_reuse_wait tinyint=0, \
            log_reuse_wait_desc nvarchar(60)=NOTHING, is_date_correlation_on bit!=0, is_cdc_enabled bit!=0, is_encrypted bit=0, \
            is_honor_broker_priority_on bit=0, replica_id uniqueidentifier, group_database_id uniqueidentifier, resource_pool_id int, \
            default_language_lcid smallint, default_language_name nvarchar(128), default_fulltext_language_lcid int, \
            default_fulltext_language_name nvarchar(128), is_nested_triggers_on bit, is_transform_noise_words_on bit, \
            two_digit_year_cutoff smallint, containment tinyint=0, containment_desc nvarchar(60)=NONE, \
            target_recovery_time_in_seconds int=60, delayed_durability int=0, delayed_durability_desc nvarchar(60)=DISABLED, \
            is_memory_optimized_elevate_to_snapshot_on bit=0, is_federation_member bit=0, is_remote_data_archive_enabled bit=0, \
            is_mixed_page_allocation_on bit=0, is_temporal_history_retention_enabled bit=1, catalog_collation_type int!=0, \
            catalog_collation_type_desc nvarchar(60)=DATABASE_DEFAULT, physical_database_name nvarchar(128), \
            is_result_set_caching_on bit=0, is_accelerated_database_recovery_on bit=0, is_tempdb_spill_to_remote_store bit=0, \
            is_stale_page_detection_on bit=0, is_memory_optimized_enabled bit=1, is_data_retention_enabled bit=0, is_ledger_on bit=0, \
            is_change_feed_enabled bit=0, is_data_lake_replication_enabled bit=0, is_event_stream_enabled bit=0, \
            data_compaction bit=0, data_compaction_desc nvarchar(60)=OFF, is_vorder_enabled bit=0, \
            is_optimized_locking_on bit=0",
        fill: databases,
    },
    CatalogView {
        name: "sys.database_recovery_status",
        spec: "database_id int!, database_guid uniqueidentifier, family_guid uniqueidentifier, last_log_backup_lsn numeric(25,0), \
            recovery_fork_guid uniqueidentifier, first_recovery_fork_guid uniqueidentifier, fork_point_lsn numeric(25,0)",
        fill: recovery_status,
    },
    CatalogView {
        name: "sys.database_files",
        spec: FILE,
        fill: database_files,
    },
    CatalogView {
        name: "sys.master_files",
        spec: "database_id int!, file_id int!, file_guid uniqueidentifier, type tinyint!, type_desc nvarchar(60), data_space_id int!, \
            name sysname, physical_name nvarchar(260)!, state tinyint=0, state_desc nvarchar(60)=ONLINE, size int!, max_size int!=-1, \
            growth int!=8192, is_media_read_only bit!=0, is_read_only bit!=0, is_sparse bit!=0, is_percent_growth bit!=0",
        fill: master_files,
    },
    CatalogView {
        name: "sys.filegroups",
        spec: "name sysname!, data_space_id int!, type char(2)!, type_desc nvarchar(60), is_default bit, is_system bit, \
            filegroup_guid uniqueidentifier, log_filegroup_id int, is_read_only bit=0, is_autogrow_all_files bit=0",
        fill: filegroups,
    },
    CatalogView {
        name: "sys.database_scoped_configurations",
        spec: "configuration_id int!, name nvarchar(60), value sql_variant, value_for_secondary sql_variant, is_value_default bit!",
        fill: scoped_configurations,
    },
    CatalogView {
        name: "sys.dm_db_log_space_usage",
        spec: "database_id smallint, total_log_size_in_bytes bigint, used_log_space_in_bytes bigint, used_log_space_in_percent real, \
            log_space_in_bytes_since_last_backup bigint",
        fill: log_space,
    },
    CatalogView {
        name: "sys.dm_db_file_space_usage",
        spec: "database_id smallint, file_id smallint, filegroup_id smallint, total_page_count bigint, \
            allocated_extent_page_count bigint, unallocated_extent_page_count bigint, version_store_reserved_page_count bigint=0, \
            user_object_reserved_page_count bigint=0, internal_object_reserved_page_count bigint=0, mixed_extent_page_count bigint=0, \
            modified_extent_page_count bigint=0",
        fill: file_space,
    },
    CatalogView {
        name: "sys.dm_tran_version_store_space_usage",
        spec: "database_id int, reserved_page_count bigint=0, reserved_space_kb bigint=0",
        fill: version_store,
    },
];

const FILE: &str = "file_id int!, file_guid uniqueidentifier, type tinyint!, type_desc nvarchar(60), data_space_id int!, name sysname, \
    physical_name nvarchar(260), state tinyint=0, state_desc nvarchar(60)=ONLINE, size int!, max_size int!=-1, growth int!=8192, \
    is_media_read_only bit!=0, is_read_only bit!=0, is_sparse bit!=0, is_percent_growth bit!=0";

/// Data pages of a file of one gigabyte, which it has from the start, so that forecasts have something to compare with.
pub const DATA_FILE_PAGES: i64 = 131_072;
const LOG_FILE_PAGES: i64 = 131_072;

/// Row versions live beside the rows here, and take no room in tempdb but what a test says.
fn version_store(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    let held = session.server.conditions().version_store;
    for database in session.server.catalog.databases() {
        let kilobytes = if database.id > MSDB { held } else { 0 };
        rows.push([
            ("database_id", int(database.id)),
            ("reserved_page_count", big(kilobytes / 8)),
            ("reserved_space_kb", big(kilobytes)),
        ]);
    }
    Ok(())
}

fn databases(session: &Session, rows: &mut Rows) -> Result<()> {
    let stuck = session.server.conditions().log_reuse_wait;
    for database in session.server.catalog.databases() {
        let reuse_wait = if database.id > MSDB {
            stuck
        } else {
            LogReuseWait::Nothing
        };
        let (reuse_wait, reuse_wait_text) = reuse_wait.description();
        let (recovery, recovery_text) = database.recovery_model.description();
        rows.push([
            ("name", text(&database.name)),
            ("database_id", int(database.id)),
            ("owner_sid", Value::binary([1])),
            ("create_date", datetime_of_ticks(database.created)),
            ("compatibility_level", int(database.compatibility_level)),
            (
                "collation_name",
                if database.state == DatabaseState::Online {
                    text(&database.collation)
                } else {
                    Value::Null
                },
            ),
            ("user_access", int(database.user_access.description().0)),
            (
                "user_access_desc",
                text(database.user_access.description().1),
            ),
            ("state", int(database.state.description().0)),
            ("state_desc", text(database.state.description().1)),
            (
                "is_auto_update_stats_async_on",
                bit(database.auto_update_statistics_async),
            ),
            (
                "snapshot_isolation_state",
                int(i32::from(database.snapshot_isolation)),
            ),
            (
                "snapshot_isolation_state_desc",
                text(if database.snapshot_isolation {
                    "ON"
                } else {
                    "OFF"
                }),
            ),
            (
                "is_read_committed_snapshot_on",
                bit(database.read_committed_snapshot),
            ),
            ("recovery_model", int(recovery)),
            ("recovery_model_desc", text(recovery_text)),
            ("is_query_store_on", bit(database.query_store)),
            (
                "is_memory_optimized_elevate_to_snapshot_on",
                bit(database.memory_optimized_elevate_to_snapshot),
            ),
            ("physical_database_name", text(&database.name)),
            ("log_reuse_wait", int(reuse_wait)),
            ("log_reuse_wait_desc", text(reuse_wait_text)),
        ]);
    }
    Ok(())
}

fn recovery_status(session: &Session, rows: &mut Rows) -> Result<()> {
    for database in session.server.catalog.databases() {
        let guid = |id: [u8; 16]| Value::UniqueIdentifier(Box::new(id));
        let ids = database.identities;
        rows.push([("database_id", int(database.id))]);
        // Not known of a database that is not open.
        if database.state == DatabaseState::Online {
            rows.amend([
                ("database_guid", guid(ids.database)),
                ("family_guid", guid(ids.family)),
                ("recovery_fork_guid", guid(ids.fork)),
                (
                    "last_log_backup_lsn",
                    database
                        .log_chain
                        .map_or(Value::Null, |lsn| numeric(lsn, 25)),
                ),
            ]);
        }
    }
    Ok(())
}

struct File {
    id: i32,
    /// 0 rows, 1 log, 2 FILESTREAM: a container.
    kind: u8,
    name: String,
    path: String,
    pages: i64,
}

/// Number of the filegroup for memory-optimised data in sys.filegroups.
pub const MEMORY_OPTIMIZED_DATA_SPACE: i32 = 2;

fn files(database: &Database) -> Vec<File> {
    let kept = database.files.iter();
    kept.map(|file| File {
        id: file.file_id,
        kind: file.kind,
        name: file.name.clone(),
        path: file.physical_name.clone(),
        pages: match file.kind {
            0 => DATA_FILE_PAGES,
            1 => LOG_FILE_PAGES,
            _ => file.size,
        },
    })
    .collect()
}

fn database_files(session: &Session, rows: &mut Rows) -> Result<()> {
    if let Some(database) = session.server.catalog.database(session.database) {
        for file in files(&database) {
            push_file(rows, &file);
        }
    }
    Ok(())
}

fn push_file(rows: &mut Rows, file: &File) {
    let (description, data_space) = match file.kind {
        0 => ("ROWS", 1),
        1 => ("LOG", 0),
        _ => ("FILESTREAM", MEMORY_OPTIMIZED_DATA_SPACE),
    };
    rows.push([
        ("file_id", int(file.id)),
        ("type", int(file.kind)),
        ("type_desc", text(description)),
        ("data_space_id", int(data_space)),
        ("name", text(&file.name)),
        ("physical_name", text(&file.path)),
        ("size", int(file.pages)),
    ]);
    if file.kind == 2 {
        rows.amend([("growth", int(0))]);
    }
}

fn master_files(session: &Session, rows: &mut Rows) -> Result<()> {
    for database in session.server.catalog.databases() {
        for file in files(&database) {
            push_file(rows, &file);
            rows.amend([("database_id", int(database.id))]);
        }
    }
    Ok(())
}

/// The first columns of sys.filegroups, which are those of sys.data_spaces.
pub(super) fn filegroups(session: &Session, rows: &mut Rows) -> Result<()> {
    rows.push([
        ("name", text("PRIMARY")),
        ("data_space_id", int(1)),
        ("type", Value::varchar("FG")),
        ("type_desc", text("ROWS_FILEGROUP")),
        ("is_default", bit(true)),
        ("is_system", bit(false)),
    ]);
    let database = session.server.catalog.database(session.database);
    if let Some(name) = database.and_then(|d| d.memory_optimized_filegroup.clone()) {
        rows.push([
            ("name", text(name)),
            ("data_space_id", int(MEMORY_OPTIMIZED_DATA_SPACE)),
            ("type", Value::varchar("FX")),
            ("type_desc", text("MEMORY_OPTIMIZED_DATA_FILEGROUP")),
            ("is_default", bit(true)),
            ("is_system", bit(false)),
        ]);
    }
    Ok(())
}

/// The scoped configurations that SQL Server 2025 has, with their defaults.
pub const SCOPED_CONFIGURATIONS: &[(i32, &str, &str)] = &[
    (1, "MAXDOP", "0"),
    (2, "LEGACY_CARDINALITY_ESTIMATION", "0"),
    (3, "PARAMETER_SNIFFING", "1"),
    (4, "QUERY_OPTIMIZER_HOTFIXES", "0"),
    (6, "IDENTITY_CACHE", "1"),
    (7, "INTERLEAVED_EXECUTION_TVF", "1"),
    (8, "BATCH_MODE_MEMORY_GRANT_FEEDBACK", "1"),
    (9, "BATCH_MODE_ADAPTIVE_JOINS", "1"),
    (10, "TSQL_SCALAR_UDF_INLINING", "1"),
    (11, "ELEVATE_ONLINE", "OFF"),
    (12, "ELEVATE_RESUMABLE", "OFF"),
    (13, "OPTIMIZE_FOR_AD_HOC_WORKLOADS", "0"),
    (16, "ROW_MODE_MEMORY_GRANT_FEEDBACK", "1"),
    (18, "BATCH_MODE_ON_ROWSTORE", "1"),
    (19, "DEFERRED_COMPILATION_TV", "1"),
    (21, "GLOBAL_TEMPORARY_TABLE_AUTO_DROP", "1"),
    (22, "XTP_PROCEDURE_EXECUTION_STATISTICS", "0"),
    (23, "XTP_QUERY_EXECUTION_STATISTICS", "0"),
    (27, "VERBOSE_TRUNCATION_WARNINGS", "1"),
    (46, "PREVIEW_FEATURES", "0"),
];

fn scoped_configurations(session: &Session, rows: &mut Rows) -> Result<()> {
    let set = session
        .server
        .state
        .database(session.database, |d| d.scoped.clone());
    for (id, name, default) in SCOPED_CONFIGURATIONS {
        let value = set.get(*name).map_or(*default, String::as_str);
        rows.push([
            ("configuration_id", int(*id)),
            ("name", text(name)),
            (
                "value",
                value.parse().map_or_else(|_| text(value), Value::Int),
            ),
            ("is_value_default", bit(value == *default)),
        ]);
    }
    Ok(())
}

/// The log holds nothing but what open transactions have written; its size is that of its file.
fn log_space(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_database_state(session)?;
    let total = LOG_FILE_PAGES * 8192;
    let used = total / 100;
    rows.push([
        ("database_id", int(session.database)),
        ("total_log_size_in_bytes", big(total)),
        ("used_log_space_in_bytes", big(used)),
        ("used_log_space_in_percent", Value::Real(1.0)),
        ("log_space_in_bytes_since_last_backup", big(used)),
    ]);
    Ok(())
}

/// Pages of the data file that hold something.
pub(crate) fn data_pages_used(session: &Session) -> i64 {
    Snapshot::of_database(session, session.database)
        .tables
        .iter()
        .flat_map(|t| {
            t.indexes
                .iter()
                .map(|i| used_pages(session, t.object_id, i.index_id))
        })
        .sum()
}

/// Is this the logical name of the data file (file 1) of the session's database?
pub(crate) fn is_data_file(session: &Session, name: &str) -> bool {
    let database = session.server.catalog.database(session.database);
    database.is_some_and(|database| {
        files(&database)
            .iter()
            .any(|file| file.kind == 0 && file.name.eq_ignore_ascii_case(name))
    })
}

fn file_space(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_database_state(session)?;
    let used = data_pages_used(session);
    let total = DATA_FILE_PAGES.max(used);
    rows.push([
        ("database_id", int(session.database)),
        ("file_id", int(1)),
        ("filegroup_id", int(1)),
        ("total_page_count", big(total)),
        ("allocated_extent_page_count", big(used)),
        ("unallocated_extent_page_count", big(total - used)),
    ]);
    Ok(())
}
