//! Partitions, allocation units and page counts. One partition per index; the counts are the storage's estimates.

use crate::catalog::model::{Compression, IndexDef, IndexKind, TableDef};
use crate::engine::Session;
use crate::engine::ddl::permission;
use crate::error::Result;

use super::objects::is_lob;
use super::snapshot::{Snapshot, big, int, row_count, text, used_pages};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.partitions",
        spec: "partition_id bigint!, object_id int!, index_id int!, partition_number int!=1, hobt_id bigint!, rows bigint, \
            filestream_filegroup_id smallint!=0, data_compression tinyint!=0, data_compression_desc nvarchar(60)=NONE, \
            xml_compression bit!=0, xml_compression_desc varchar(3)=OFF",
        fill: partitions,
    },
    CatalogView {
        name: "sys.dm_db_partition_stats",
        spec: "partition_id bigint, object_id int!, index_id int!, partition_number int!=1, in_row_data_page_count bigint=0, \
            in_row_used_page_count bigint=0, in_row_reserved_page_count bigint=0, lob_used_page_count bigint=0, \
            lob_reserved_page_count bigint=0, row_overflow_used_page_count bigint=0, row_overflow_reserved_page_count bigint=0, \
            used_page_count bigint=0, reserved_page_count bigint=0, row_count bigint=0",
        fill: partition_stats,
    },
    CatalogView {
        name: "sys.allocation_units",
        spec: "allocation_unit_id bigint!, type tinyint!, type_desc nvarchar(60), container_id bigint!, data_space_id int=1, \
            total_pages bigint!, used_pages bigint!, data_pages bigint!",
        fill: allocation_units,
    },
    CatalogView {
        name: "sys.data_spaces",
        spec: "name sysname!, data_space_id int!, type char(2)!, type_desc nvarchar(60), is_default bit, is_system bit",
        fill: super::databases::filegroups,
    },
];

fn partition_id(object_id: i32, index_id: i32) -> i64 {
    72_057_594_037_927_936
        + (i64::from(object_id) & 0x7fff_ffff) * 65_536
        + i64::from(index_id) % 65_536
}

/// Pages of one index as SQL Server would reserve them: whole extents of eight.
struct Pages {
    rows: i64,
    used: i64,
    reserved: i64,
    data: i64,
}

fn pages(session: &Session, table: &TableDef, index: &IndexDef) -> Pages {
    let rows = row_count(session, table.object_id);
    let used = used_pages(session, table.object_id, index.index_id);
    let reserved = if used == 0 { 0 } else { (used + 7) / 8 * 8 + 1 };
    // The allocation map and the upper levels of the tree are used but hold no data.
    let data = if used == 0 {
        0
    } else {
        (used - 1 - used / 300).max(1)
    };
    Pages {
        rows,
        used,
        reserved,
        data,
    }
}

fn compression(index: &IndexDef) -> (i32, &'static str) {
    match (index.kind, index.compression) {
        (IndexKind::ClusteredColumnstore, _) => (3, "COLUMNSTORE"),
        (_, Compression::None) => (0, "NONE"),
        (_, Compression::Row) => (1, "ROW"),
        (_, Compression::Page) => (2, "PAGE"),
    }
}

/// A spatial index stores its cells in an internal table, so it has no partition of its own number.
fn stored(table: &TableDef) -> impl Iterator<Item = &IndexDef> {
    table
        .indexes
        .iter()
        .filter(|i| i.kind != IndexKind::Spatial && !i.disabled)
        .filter(|i| !(table.memory_optimized && i.kind == IndexKind::Heap))
}

/// Memory-optimised tables have no pages.
fn on_disk(session: &Session) -> Vec<std::sync::Arc<TableDef>> {
    let mut tables = Snapshot::of(session).row_sets();
    tables.retain(|t| !t.memory_optimized);
    tables
}

fn partitions(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).row_sets() {
        for index in stored(table) {
            let id = partition_id(table.object_id, index.index_id);
            let (kind, description) = compression(index);
            rows.push([
                ("partition_id", big(id)),
                ("object_id", int(table.object_id)),
                ("index_id", int(index.index_id)),
                ("hobt_id", big(id)),
                ("rows", big(row_count(session, table.object_id))),
                ("data_compression", int(kind)),
                ("data_compression_desc", text(description)),
            ]);
        }
    }
    Ok(())
}

fn partition_stats(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_database_state(session)?;
    for table in &on_disk(session) {
        for index in stored(table) {
            let pages = pages(session, table, index);
            rows.push([
                (
                    "partition_id",
                    big(partition_id(table.object_id, index.index_id)),
                ),
                ("object_id", int(table.object_id)),
                ("index_id", int(index.index_id)),
                ("in_row_data_page_count", big(pages.data)),
                ("in_row_used_page_count", big(pages.used)),
                ("in_row_reserved_page_count", big(pages.reserved)),
                ("used_page_count", big(pages.used)),
                ("reserved_page_count", big(pages.reserved)),
                ("row_count", big(pages.rows)),
            ]);
        }
    }
    Ok(())
}

fn allocation_units(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &on_disk(session) {
        for index in stored(table) {
            let id = partition_id(table.object_id, index.index_id);
            let pages = pages(session, table, index);
            rows.push([
                ("allocation_unit_id", big(id)),
                ("type", int(1)),
                ("type_desc", text("IN_ROW_DATA")),
                ("container_id", big(id)),
                ("total_pages", big(pages.reserved)),
                ("used_pages", big(pages.used)),
                ("data_pages", big(pages.data)),
            ]);
            let holds_rows = matches!(index.kind, IndexKind::Heap | IndexKind::Clustered);
            if holds_rows && table.columns.iter().any(|c| is_lob(&c.sql_type)) {
                rows.push([
                    ("allocation_unit_id", big(id | 1 << 48)),
                    ("type", int(2)),
                    ("type_desc", text("LOB_DATA")),
                    ("container_id", big(id)),
                    ("total_pages", big(0)),
                    ("used_pages", big(0)),
                    ("data_pages", big(0)),
                ]);
            }
        }
    }
    Ok(())
}
