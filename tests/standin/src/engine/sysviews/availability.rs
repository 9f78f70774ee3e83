//! The availability group that a test has brought about, and views that are empty on a server without groups, Query Store
//! data and change tracking.

use crate::catalog::MSDB;
use crate::engine::Session;
use crate::engine::ddl::permission;
use crate::error::Result;
use crate::types::Value;

use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.dm_hadr_database_replica_states",
        spec: "database_id int!, group_id uniqueidentifier!, replica_id uniqueidentifier!, group_database_id uniqueidentifier!, \
            is_local bit, is_primary_replica bit, synchronization_state tinyint, synchronization_state_desc nvarchar(60), \
            is_commit_participant bit, synchronization_health tinyint, synchronization_health_desc nvarchar(60), \
            database_state tinyint, database_state_desc nvarchar(60), is_suspended bit, suspend_reason tinyint, \
            suspend_reason_desc nvarchar(60), recovery_lsn numeric(25,0), truncation_lsn numeric(25,0), last_sent_lsn numeric(25,0), \
            last_sent_time datetime, last_received_lsn numeric(25,0), last_received_time datetime, last_hardened_lsn numeric(25,0), \
            last_hardened_time datetime, last_redone_lsn numeric(25,0), last_redone_time datetime, log_send_queue_size bigint, \
            log_send_rate bigint, redo_queue_size bigint, redo_rate bigint, filestream_send_rate bigint, end_of_log_lsn numeric(25,0), \
            last_commit_lsn numeric(25,0), last_commit_time datetime, low_water_mark_for_ghosts bigint, secondary_lag_seconds bigint, \
            quorum_commit_lsn numeric(25,0), quorum_commit_time datetime",
        fill: database_replica_states,
    },
    CatalogView {
        name: "sys.availability_groups",
        spec: "group_id uniqueidentifier!, name sysname, resource_id nvarchar(40), resource_group_id nvarchar(40), \
            failure_condition_level int, health_check_timeout int, automated_backup_preference tinyint",
        fill: none,
    },
    CatalogView {
        name: "sys.availability_replicas",
        spec: "replica_id uniqueidentifier, group_id uniqueidentifier, replica_metadata_id int, replica_server_name nvarchar(256), \
            owner_sid varbinary(85), endpoint_url nvarchar(128), availability_mode tinyint, availability_mode_desc nvarchar(60)",
        fill: none,
    },
    CatalogView {
        name: "sys.dm_hadr_availability_replica_states",
        spec: "replica_id uniqueidentifier!, group_id uniqueidentifier!, is_local bit!, role tinyint, role_desc nvarchar(60), \
            operational_state tinyint, operational_state_desc nvarchar(60), connected_state tinyint, connected_state_desc nvarchar(60), \
            recovery_health tinyint, recovery_health_desc nvarchar(60), synchronization_health tinyint, \
            synchronization_health_desc nvarchar(60), last_connect_error_number int, last_connect_error_description nvarchar(1024), \
            last_connect_error_timestamp datetime",
        fill: none,
    },
    CatalogView {
        name: "sys.query_store_query_text",
        spec: "query_text_id bigint!, query_sql_text nvarchar(max), statement_sql_handle varbinary(64), \
            is_part_of_encrypted_module bit!, has_restricted_text bit!",
        fill: none,
    },
    CatalogView {
        name: "sys.query_store_query",
        spec: "query_id bigint!, query_text_id bigint!, context_settings_id bigint!, object_id bigint, batch_sql_handle varbinary(64), \
            query_hash binary(8)!, is_internal_query bit!, query_parameterization_type tinyint!, \
            query_parameterization_type_desc nvarchar(60), initial_compile_start_time datetime2(7)!, \
            last_compile_start_time datetime2(7), last_execution_time datetime2(7), count_compiles bigint",
        fill: none,
    },
    CatalogView {
        name: "sys.query_store_plan",
        spec: "plan_id bigint!, query_id bigint!, plan_group_id bigint, engine_version nvarchar(32), compatibility_level smallint!, \
            query_plan_hash binary(8)!, query_plan nvarchar(max), is_online_index_plan bit!, is_trivial_plan bit!, \
            is_parallel_plan bit!, is_forced_plan bit!, count_compiles bigint, initial_compile_start_time datetime2(7)!, \
            last_compile_start_time datetime2(7), last_execution_time datetime2(7)",
        fill: none,
    },
    CatalogView {
        name: "sys.query_store_runtime_stats",
        spec: "runtime_stats_id bigint!, plan_id bigint!, runtime_stats_interval_id bigint!, execution_type tinyint!, \
            execution_type_desc nvarchar(60), first_execution_time datetime2(7)!, last_execution_time datetime2(7)!, \
            count_executions bigint!, avg_duration float, last_duration bigint!, avg_cpu_time float, avg_logical_io_reads float",
        fill: none,
    },
    CatalogView {
        name: "sys.database_query_store_options",
        spec: "desired_state smallint!, desired_state_desc nvarchar(60), actual_state smallint!, actual_state_desc nvarchar(60), \
            readonly_reason int, current_storage_size_mb bigint, flush_interval_seconds bigint, interval_length_minutes bigint, \
            max_storage_size_mb bigint, stale_query_threshold_days bigint",
        fill: query_store_options,
    },
    CatalogView {
        name: "sys.change_tracking_tables",
        spec: "object_id int!, is_track_columns_updated_on bit!, min_valid_version bigint, begin_version bigint, cleanup_version bigint",
        fill: none,
    },
    CatalogView {
        name: "sys.change_tracking_databases",
        spec: "database_id int!, is_auto_cleanup_on bit, retention_period int, retention_period_units tinyint, \
            retention_period_units_desc nvarchar(60), max_cleanup_version bigint",
        fill: none,
    },
    CatalogView {
        name: "sys.security_policies",
        spec: "name sysname!, object_id int!, principal_id int, schema_id int!, parent_object_id int!, type char(2), \
            type_desc nvarchar(60), create_date datetime!, modify_date datetime!, is_ms_shipped bit!, is_enabled bit!, \
            is_not_for_replication bit!, uses_database_collation bit, is_schema_bound bit!",
        fill: none,
    },
    CatalogView {
        name: "sys.fulltext_indexes",
        spec: "object_id int!, unique_index_id int, fulltext_catalog_id int, is_enabled bit!",
        fill: none,
    },
];

fn none(_: &Session, _: &mut Rows) -> Result<()> {
    Ok(())
}

/// The primary's own row, whose queues are NULL, and one for each secondary, of every user database.
fn database_replica_states(session: &Session, rows: &mut Rows) -> Result<()> {
    use super::snapshot::{big, bit, int, text};
    permission::require_view_server_state(session)?;
    let secondaries = session.server.conditions().secondaries;
    if secondaries.is_empty() {
        return Ok(());
    }
    let guid = |number: u8| Value::UniqueIdentifier(Box::new([number; 16]));
    for database in session.server.catalog.databases() {
        if database.id <= MSDB {
            continue;
        }
        let replicas = std::iter::once(None).chain(secondaries.iter().map(Some));
        for (number, replica) in (1u8..).zip(replicas) {
            let suspended = replica.is_some_and(|one| one.suspended);
            rows.push([
                ("database_id", int(database.id)),
                ("group_id", guid(100)),
                ("replica_id", guid(number)),
                ("group_database_id", guid(101)),
                ("is_local", bit(replica.is_none())),
                ("is_primary_replica", bit(replica.is_none())),
                ("synchronization_state", int(if suspended { 0 } else { 2 })),
                (
                    "synchronization_state_desc",
                    text(if suspended {
                        "NOT SYNCHRONIZING"
                    } else {
                        "SYNCHRONIZED"
                    }),
                ),
                ("is_suspended", bit(suspended)),
            ]);
            if let Some(replica) = replica {
                rows.amend([
                    ("log_send_queue_size", big(replica.log_send_queue)),
                    ("redo_queue_size", big(replica.redo_queue)),
                ]);
            }
        }
    }
    Ok(())
}

/// The query store is off: it holds no text and no statistics.
fn query_store_options(_: &Session, rows: &mut Rows) -> Result<()> {
    use super::snapshot::{int, text};
    rows.push([
        ("desired_state", int(0)),
        ("desired_state_desc", text("OFF")),
        ("actual_state", int(0)),
        ("actual_state_desc", text("OFF")),
    ]);
    Ok(())
}
