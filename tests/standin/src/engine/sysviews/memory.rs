//! Memory-optimised tables and the memory of the server.

use std::sync::Arc;

use crate::catalog::model::TableDef;
use crate::engine::Session;
use crate::engine::ddl::permission;
use crate::error::Result;
use crate::storage::Table;

use super::server::MEMORY_KB;
use super::snapshot::{Snapshot, big, datetime_of_ticks, int, text, ticks_of};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.dm_db_xtp_table_memory_stats",
        spec: "object_id int, memory_allocated_for_table_kb bigint, memory_used_by_table_kb bigint, \
            memory_allocated_for_indexes_kb bigint, memory_used_by_indexes_kb bigint",
        fill: table_memory,
    },
    CatalogView {
        name: "sys.dm_db_xtp_hash_index_stats",
        spec: "object_id int, xtp_object_id bigint, index_id int, total_bucket_count bigint, empty_bucket_count bigint, \
            avg_chain_length bigint, max_chain_length bigint",
        fill: hash_indexes,
    },
    CatalogView {
        name: "sys.dm_db_xtp_index_stats",
        spec: "object_id bigint!, xtp_object_id bigint!, index_id bigint!, scans_started bigint!, scans_retries bigint!=0, \
            rows_returned bigint!, rows_touched bigint!, phantom_scans_started bigint!, phantom_scans_retries bigint!=0",
        fill: index_scans,
    },
    CatalogView {
        name: "sys.memory_optimized_tables_internal_attributes",
        spec: "object_id int!, xtp_object_id bigint!, type int!=1, type_desc nvarchar(60)!=USER_TABLE, minor_id int!=0",
        fill: internal_attributes,
    },
    CatalogView {
        name: "sys.dm_resource_governor_resource_pools",
        spec: "pool_id int!, name sysname!, statistics_start_time datetime!, min_memory_percent int!=0, \
            max_memory_percent int!=100, max_memory_kb bigint!, used_memory_kb bigint!, target_memory_kb bigint!, \
            out_of_memory_count bigint!=0",
        fill: resource_pools,
    },
];

/// Memory is given out in pieces of this many bytes.
const PIECE: u64 = 64 * 1024;

fn tables(session: &Session) -> Vec<(Arc<TableDef>, Arc<Table>)> {
    Snapshot::of(session)
        .tables
        .iter()
        .filter(|def| def.memory_optimized)
        .filter_map(|def| Some((Arc::clone(def), session.server.store.table(def.object_id)?)))
        .collect()
}

/// The number under which the engine knows a table; negative, as the engine's numbers are.
fn engine_id(table: &TableDef) -> i64 {
    i64::from(i32::MIN) + i64::from(table.object_id % 1_000_000)
}

fn allocated(bytes: u64) -> u64 {
    bytes.div_ceil(PIECE).max(1) * PIECE
}

/// Kilobytes allocated for and used by a table and its indexes; the index of all rows counts as one.
struct Kilobytes {
    table: (u64, u64),
    indexes: (u64, u64),
}

fn kilobytes(table: &Arc<Table>) -> Result<Kilobytes> {
    let used = table.memory_use()?;
    let of_indexes: u64 = used.indexes.iter().map(|(_, bytes)| bytes).sum();
    let for_indexes = PIECE
        + used
            .indexes
            .iter()
            .map(|(_, bytes)| allocated(*bytes))
            .sum::<u64>();
    Ok(Kilobytes {
        table: (allocated(used.rows) / 1024, used.rows / 1024),
        indexes: (for_indexes / 1024, of_indexes / 1024),
    })
}

fn table_memory(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_database_state(session)?;
    for (def, table) in tables(session) {
        let kilobytes = kilobytes(&table)?;
        rows.push([
            ("object_id", int(def.object_id)),
            ("memory_allocated_for_table_kb", big(kilobytes.table.0)),
            ("memory_used_by_table_kb", big(kilobytes.table.1)),
            ("memory_allocated_for_indexes_kb", big(kilobytes.indexes.0)),
            ("memory_used_by_indexes_kb", big(kilobytes.indexes.1)),
        ]);
    }
    Ok(())
}

fn hash_indexes(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_database_state(session)?;
    for (def, table) in tables(session) {
        for index in def.indexes.iter().skip(1) {
            let Some(buckets) = table.bucket_counts(index.index_id)? else {
                continue;
            };
            rows.push([
                ("object_id", int(def.object_id)),
                ("xtp_object_id", big(engine_id(&def))),
                ("index_id", int(index.index_id)),
                ("total_bucket_count", big(buckets.total)),
                ("empty_bucket_count", big(buckets.empty)),
                ("avg_chain_length", big(buckets.average_chain)),
                ("max_chain_length", big(buckets.longest_chain)),
            ]);
        }
    }
    Ok(())
}

fn index_scans(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_database_state(session)?;
    for (def, table) in tables(session) {
        for index in &def.indexes {
            let counts = table.scan_counts(index.index_id);
            rows.push([
                ("object_id", big(def.object_id)),
                ("xtp_object_id", big(engine_id(&def))),
                ("index_id", big(index.index_id)),
                ("scans_started", big(counts.started)),
                ("rows_returned", big(counts.returned)),
                ("rows_touched", big(counts.touched)),
                ("phantom_scans_started", big(counts.validations)),
            ]);
        }
    }
    Ok(())
}

fn internal_attributes(session: &Session, rows: &mut Rows) -> Result<()> {
    for (def, _) in tables(session) {
        rows.push([
            ("object_id", int(def.object_id)),
            ("xtp_object_id", big(engine_id(&def))),
        ]);
    }
    Ok(())
}

/// The two pools that every server has. What memory-optimised tables take comes out of the default one; the rest of the
/// figures is fixed, like those of the machine.
fn resource_pools(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    let mut in_tables = 0;
    for (_, table) in tables(session) {
        let kilobytes = kilobytes(&table)?;
        in_tables += kilobytes.table.0 + kilobytes.indexes.0;
    }
    let fixed = MEMORY_KB / 64;
    let target = MEMORY_KB * 8 / 10;
    let start = datetime_of_ticks(ticks_of(session.server.start_time));
    for (id, name, used) in [
        (1, "internal", fixed),
        (2, "default", fixed + i64::try_from(in_tables).unwrap_or(0)),
    ] {
        rows.push([
            ("pool_id", int(id)),
            ("name", text(name)),
            ("statistics_start_time", start.clone()),
            ("max_memory_kb", big(target)),
            ("used_memory_kb", big(used)),
            ("target_memory_kb", big(target)),
        ]);
    }
    Ok(())
}
