//! The server itself: configuration, memory, waits, counters.

use crate::engine::Session;
use crate::engine::ddl::permission;
use crate::error::Result;
use crate::types::Value;

use super::snapshot::{big, bit, datetime_of_ticks, int, text, ticks_of};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.configurations",
        spec: "configuration_id int!, name nvarchar(35)!, value sql_variant, minimum sql_variant, maximum sql_variant, \
            value_in_use sql_variant, description nvarchar(255)!, is_dynamic bit!=1, is_advanced bit!",
        fill: configurations,
    },
    CatalogView {
        name: "sys.dm_os_sys_info",
        spec: "cpu_ticks bigint!, ms_ticks bigint!, cpu_count int!, hyperthread_ratio int!=1, physical_memory_kb bigint!, \
            virtual_memory_kb bigint!, committed_kb bigint!, committed_target_kb bigint!, sqlserver_start_time datetime!, \
            virtual_machine_type int!=0, virtual_machine_type_desc nvarchar(60)!=NONE, container_type int!=0, \
            container_type_desc nvarchar(60)!=NONE",
        fill: sys_info,
    },
    CatalogView {
        name: "sys.dm_os_sys_memory",
        spec: "total_physical_memory_kb bigint!, available_physical_memory_kb bigint!, total_page_file_kb bigint!, \
            available_page_file_kb bigint!, system_memory_state_desc nvarchar(256)",
        fill: sys_memory,
    },
    CatalogView {
        name: "sys.dm_os_process_memory",
        spec: "physical_memory_in_use_kb bigint!, memory_utilization_percentage int!, available_commit_limit_kb bigint!, \
            process_physical_memory_low bit!, process_virtual_memory_low bit!",
        fill: process_memory,
    },
    CatalogView {
        name: "sys.dm_os_host_info",
        spec: "host_platform nvarchar(256)!, host_distribution nvarchar(256)!, host_release nvarchar(256)!, \
            host_service_pack_level nvarchar(256)!, host_sku int, os_language_version int!, host_architecture nvarchar(256)!",
        fill: host_info,
    },
    CatalogView {
        name: "sys.servers",
        spec: "server_id int!, name sysname!, product sysname!, provider sysname!, data_source nvarchar(4000), is_linked bit!",
        fill: servers,
    },
];

/// The machine that the stand-in pretends to be: enough for any forecast of a test.
pub(super) const MEMORY_KB: i64 = 64 * 1024 * 1024;

fn configurations(_: &Session, rows: &mut Rows) -> Result<()> {
    let list: [(i32, &str, i32, i32, i32, &str, bool); 7] = [
        (
            518,
            "show advanced options",
            0,
            0,
            1,
            "show advanced options",
            false,
        ),
        (
            503,
            "max worker threads",
            0,
            128,
            65535,
            "Maximum worker threads",
            true,
        ),
        (
            1538,
            "cost threshold for parallelism",
            5,
            0,
            32767,
            "cost threshold for parallelism",
            true,
        ),
        (
            1539,
            "max degree of parallelism",
            0,
            0,
            32767,
            "maximum degree of parallelism",
            true,
        ),
        (
            1543,
            "min server memory (MB)",
            0,
            0,
            i32::MAX,
            "Minimum size of server memory (MB)",
            true,
        ),
        (
            1544,
            "max server memory (MB)",
            i32::MAX,
            128,
            i32::MAX,
            "Maximum size of server memory (MB)",
            true,
        ),
        (
            1579,
            "backup compression default",
            0,
            0,
            1,
            "Enable compression of backups by default",
            false,
        ),
    ];
    for (id, name, value, minimum, maximum, description, advanced) in list {
        rows.push([
            ("configuration_id", int(id)),
            ("name", text(name)),
            ("value", int(value)),
            ("minimum", int(minimum)),
            ("maximum", int(maximum)),
            ("value_in_use", int(value)),
            ("description", text(description)),
            ("is_advanced", bit(advanced)),
        ]);
    }
    Ok(())
}

fn sys_info(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    let up = (chrono::Utc::now() - session.server.start_time).num_milliseconds();
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    rows.push([
        ("cpu_ticks", big(up * 2_000_000)),
        ("ms_ticks", big(up)),
        ("cpu_count", int(cpus)),
        ("physical_memory_kb", big(MEMORY_KB)),
        ("virtual_memory_kb", big(137_438_953_344_i64)),
        ("committed_kb", big(MEMORY_KB / 8)),
        ("committed_target_kb", big(MEMORY_KB * 8 / 10)),
        (
            "sqlserver_start_time",
            datetime_of_ticks(ticks_of(session.server.start_time)),
        ),
    ]);
    Ok(())
}

fn sys_memory(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    rows.push([
        ("total_physical_memory_kb", big(MEMORY_KB)),
        ("available_physical_memory_kb", big(MEMORY_KB / 2)),
        ("total_page_file_kb", big(MEMORY_KB)),
        ("available_page_file_kb", big(MEMORY_KB / 2)),
        (
            "system_memory_state_desc",
            text("Available physical memory is high"),
        ),
    ]);
    Ok(())
}

fn process_memory(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    rows.push([
        ("physical_memory_in_use_kb", big(MEMORY_KB / 8)),
        ("memory_utilization_percentage", int(100)),
        ("available_commit_limit_kb", big(MEMORY_KB / 2)),
        ("process_physical_memory_low", Value::Bit(false)),
        ("process_virtual_memory_low", Value::Bit(false)),
    ]);
    Ok(())
}

fn host_info(_: &Session, rows: &mut Rows) -> Result<()> {
    rows.push([
        ("host_platform", text("Linux")),
        ("host_distribution", text("Ubuntu")),
        ("host_release", text("24.04")),
        ("host_service_pack_level", text("")),
        ("os_language_version", int(0)),
        ("host_architecture", text("X64")),
    ]);
    Ok(())
}

fn servers(session: &Session, rows: &mut Rows) -> Result<()> {
    rows.push([
        ("server_id", int(0)),
        ("name", text(&session.server.config.server_name)),
        ("product", text("SQL Server")),
        ("provider", text("SQLNCLI")),
        ("data_source", text(&session.server.config.server_name)),
        ("is_linked", bit(false)),
    ]);
    Ok(())
}
