//! sys.indexes, sys.index_columns, spatial indexes, statistics and index usage.

use crate::catalog::model::{IndexDef, IndexKind, TableDef};
use crate::engine::Session;
use crate::error::{Result, SqlError};
use crate::types::Value;

use super::snapshot::{Snapshot, big, bit, datetime_of_ticks, int, text, ticks_of};
use super::{CatalogView, Rows};

macro_rules! index_spec {
    ($extra:literal) => {
        concat!(
            "object_id int!, name sysname, index_id int!, type tinyint!, type_desc nvarchar(60), is_unique bit!=0, ",
            "data_space_id int!=1, ignore_dup_key bit!=0, is_primary_key bit!=0, is_unique_constraint bit!=0, fill_factor tinyint!=0, ",
            "is_padded bit!=0, is_disabled bit!=0, is_hypothetical bit!=0, is_ignored_in_optimization bit=0, allow_row_locks bit!=1, ",
            "allow_page_locks bit!=1, has_filter bit!=0, filter_definition nvarchar(max), compression_delay int, ",
            "suppress_dup_key_messages bit!=0, auto_created bit=0, optimize_for_sequential_key bit!=0",
            $extra
        )
    };
}

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.indexes",
        spec: index_spec!(""),
        fill: indexes,
    },
    CatalogView {
        name: "sys.index_columns",
        spec: "object_id int!, index_id int!, index_column_id int!, column_id int!, key_ordinal tinyint!=0, \
            partition_ordinal tinyint!=0, is_descending_key bit!=0, is_included_column bit!=0, \
            column_store_order_ordinal tinyint!=0, data_clustering_ordinal tinyint!=0",
        fill: index_columns,
    },
    CatalogView {
        name: "sys.spatial_indexes",
        spec: index_spec!(
            ", spatial_index_type tinyint!, spatial_index_type_desc nvarchar(60), tessellation_scheme sysname"
        ),
        fill: spatial_indexes,
    },
    CatalogView {
        name: "sys.spatial_index_tessellations",
        spec: "object_id int!, index_id int!, tessellation_scheme sysname!, bounding_box_xmin float, bounding_box_ymin float, \
            bounding_box_xmax float, bounding_box_ymax float, level_1_grid smallint, level_1_grid_desc nvarchar(60), \
            level_2_grid smallint, level_2_grid_desc nvarchar(60), level_3_grid smallint, level_3_grid_desc nvarchar(60), \
            level_4_grid smallint, level_4_grid_desc nvarchar(60), cells_per_object int",
        fill: tessellations,
    },
    CatalogView {
        name: "sys.vector_indexes",
        spec: index_spec!(
            ", vector_index_type nvarchar(60), distance_metric nvarchar(60), build_parameters nvarchar(max)"
        ),
        fill: none,
    },
    CatalogView {
        name: "sys.json_indexes",
        spec: index_spec!(", optimize_for_array_search bit"),
        fill: none,
    },
    CatalogView {
        name: "sys.hash_indexes",
        spec: index_spec!(", bucket_count int!"),
        fill: hash_indexes,
    },
    CatalogView {
        name: "sys.xml_indexes",
        spec: index_spec!(
            ", using_xml_index_id int, secondary_type char(1), secondary_type_desc nvarchar(60)"
        ),
        fill: none,
    },
    CatalogView {
        name: "sys.index_resumable_operations",
        spec: "object_id int!, index_id int!, name sysname!, sql_text nvarchar(max), last_max_dop_used smallint!, \
            partition_number int, state tinyint!, state_desc nvarchar(60), start_time datetime!, last_pause_time datetime, \
            total_execution_time int!, percent_complete float!, page_count bigint!",
        fill: resumable_operations,
    },
    CatalogView {
        name: "sys.stats",
        spec: "object_id int!, name sysname, stats_id int!, auto_created bit!=0, user_created bit!=0, no_recompute bit!=0, \
            has_filter bit!=0, filter_definition nvarchar(max), is_temporary bit!=0, is_incremental bit!=0, \
            has_persisted_sample bit=0, stats_generation_method int!=0, stats_generation_method_desc varchar(80)!=Sort based statistics, \
            auto_drop bit=0, replica_role_id tinyint=1, replica_role_desc nvarchar(60)=PRIMARY, replica_name sysname",
        fill: stats,
    },
    CatalogView {
        name: "sys.stats_columns",
        spec: "object_id int!, stats_id int!, stats_column_id int!, column_id int!",
        fill: stats_columns,
    },
    CatalogView {
        name: "sys.dm_db_index_usage_stats",
        spec: "database_id smallint!, object_id int!, index_id int!, user_seeks bigint!=0, user_scans bigint!=0, \
            user_lookups bigint!=0, user_updates bigint!=0, last_user_seek datetime, last_user_scan datetime, \
            last_user_lookup datetime, last_user_update datetime, system_seeks bigint!=0, system_scans bigint!=0, \
            system_lookups bigint!=0, system_updates bigint!=0, last_system_seek datetime, last_system_scan datetime, \
            last_system_lookup datetime, last_system_update datetime",
        fill: usage,
    },
];

fn none(_: &Session, _: &mut Rows) -> Result<()> {
    Ok(())
}

/// The paused builds that a test has brought about, on tables that are there.
fn resumable_operations(session: &Session, rows: &mut Rows) -> Result<()> {
    let builds = session.server.conditions().paused_builds;
    if builds.is_empty() {
        return Ok(());
    }
    let snapshot = Snapshot::of(session);
    let now = datetime_of_ticks(ticks_of(chrono::Utc::now()));
    for table in &snapshot.tables {
        let schema = snapshot.schema_name(table.schema_id);
        let here = builds.iter().filter(|build| {
            build.table.eq_ignore_ascii_case(&table.name)
                && build.schema.eq_ignore_ascii_case(schema)
        });
        for build in here {
            let next = table.indexes.iter().map(|index| index.index_id).max();
            rows.push([
                ("object_id", int(table.object_id)),
                ("index_id", int(next.unwrap_or(0) + 1)),
                ("name", text(&build.index)),
                ("last_max_dop_used", int(1)),
                ("state", int(1)),
                ("state_desc", text("PAUSED")),
                ("start_time", now.clone()),
                ("last_pause_time", now.clone()),
                ("total_execution_time", int(1)),
                ("percent_complete", Value::Float(build.percent_complete)),
                ("page_count", big(1)),
            ]);
        }
    }
    Ok(())
}

fn kind_of(kind: IndexKind) -> (i32, &'static str) {
    match kind {
        IndexKind::Heap => (0, "HEAP"),
        IndexKind::Clustered => (1, "CLUSTERED"),
        IndexKind::Nonclustered | IndexKind::Range => (2, "NONCLUSTERED"),
        IndexKind::Spatial => (4, "SPATIAL"),
        IndexKind::ClusteredColumnstore => (5, "CLUSTERED COLUMNSTORE"),
        IndexKind::Hash(_) => (7, "NONCLUSTERED HASH"),
    }
}

/// Every index of tables, indexed views and table types.
fn with_indexes(snapshot: &Snapshot) -> impl Iterator<Item = (Owner, &IndexDef)> {
    let tables = snapshot.tables.iter().flat_map(|t| {
        let owner = Owner {
            object_id: t.object_id,
            memory_optimized: t.memory_optimized,
        };
        t.indexes.iter().map(move |i| (owner, i))
    });
    let views = snapshot.modules.iter().flat_map(|m| {
        let owner = Owner {
            object_id: m.object_id,
            memory_optimized: false,
        };
        m.indexes.iter().map(move |i| (owner, i))
    });
    tables.chain(views)
}

/// The table or view of an index.
#[derive(Clone, Copy)]
struct Owner {
    object_id: i32,
    memory_optimized: bool,
}

fn push_index(rows: &mut Rows, owner: Owner, index: &IndexDef) {
    let (kind, description) = kind_of(index.kind);
    let key = index.constraint.as_ref();
    let name = if index.kind == IndexKind::Heap {
        Value::Null
    } else {
        text(&index.name)
    };
    rows.push([
        ("object_id", int(owner.object_id)),
        ("name", name),
        ("index_id", int(index.index_id)),
        ("type", int(kind)),
        ("type_desc", text(description)),
        ("is_unique", bit(index.unique)),
        ("ignore_dup_key", bit(index.ignore_dup_key)),
        ("is_primary_key", bit(key.is_some_and(|k| k.primary))),
        ("is_unique_constraint", bit(key.is_some_and(|k| !k.primary))),
        ("fill_factor", int(index.fill_factor)),
        ("is_disabled", bit(index.disabled)),
        ("has_filter", bit(index.filter.is_some())),
        (
            "filter_definition",
            index.filter.as_ref().map_or(Value::Null, text),
        ),
    ]);
    if owner.memory_optimized {
        rows.amend([
            ("data_space_id", int(0)),
            ("allow_row_locks", bit(false)),
            ("allow_page_locks", bit(false)),
        ]);
    }
}

fn hash_indexes(session: &Session, rows: &mut Rows) -> Result<()> {
    for (owner, index) in with_indexes(&Snapshot::of(session)) {
        if let IndexKind::Hash(buckets) = index.kind {
            push_index(rows, owner, index);
            rows.amend([("bucket_count", int(buckets))]);
        }
    }
    Ok(())
}

fn indexes(session: &Session, rows: &mut Rows) -> Result<()> {
    for (owner, index) in with_indexes(&Snapshot::of(session)) {
        push_index(rows, owner, index);
    }
    Ok(())
}

fn index_columns(session: &Session, rows: &mut Rows) -> Result<()> {
    for (owner, index) in with_indexes(&Snapshot::of(session)) {
        let mut at = 0;
        for key in &index.keys {
            at += 1;
            rows.push([
                ("object_id", int(owner.object_id)),
                ("index_id", int(index.index_id)),
                ("index_column_id", int(at)),
                ("column_id", int(key.column_id)),
                ("key_ordinal", int(at)),
                ("is_descending_key", bit(key.descending)),
            ]);
        }
        for column_id in &index.includes {
            at += 1;
            rows.push([
                ("object_id", int(owner.object_id)),
                ("index_id", int(index.index_id)),
                ("index_column_id", int(at)),
                ("column_id", int(*column_id)),
                ("is_included_column", bit(true)),
            ]);
        }
    }
    Ok(())
}

fn spatial_indexes(session: &Session, rows: &mut Rows) -> Result<()> {
    for (owner, index) in with_indexes(&Snapshot::of(session)) {
        if let Some(spatial) = &index.spatial {
            push_index(rows, owner, index);
            let geography = spatial.tessellation.starts_with("GEOGRAPHY");
            rows.amend([
                ("spatial_index_type", int(if geography { 2 } else { 1 })),
                (
                    "spatial_index_type_desc",
                    text(if geography { "GEOGRAPHY" } else { "GEOMETRY" }),
                ),
                ("tessellation_scheme", text(&spatial.tessellation)),
            ]);
        }
    }
    Ok(())
}

fn tessellations(session: &Session, rows: &mut Rows) -> Result<()> {
    for (owner, index) in with_indexes(&Snapshot::of(session)) {
        let Some(spatial) = &index.spatial else {
            continue;
        };
        rows.push([
            ("object_id", int(owner.object_id)),
            ("index_id", int(index.index_id)),
            ("tessellation_scheme", text(&spatial.tessellation)),
            ("cells_per_object", int(spatial.cells_per_object)),
        ]);
        if let Some((xmin, ymin, xmax, ymax)) = spatial.bounding_box {
            rows.amend([
                ("bounding_box_xmin", Value::Float(xmin)),
                ("bounding_box_ymin", Value::Float(ymin)),
                ("bounding_box_xmax", Value::Float(xmax)),
                ("bounding_box_ymax", Value::Float(ymax)),
            ]);
        }
    }
    Ok(())
}

/// Every index but a heap and a spatial one has statistics under its own number.
fn index_has_statistics(index: &IndexDef) -> bool {
    !matches!(index.kind, IndexKind::Heap | IndexKind::Spatial)
}

fn stats(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).row_sets() {
        for index in table.indexes.iter().filter(|i| index_has_statistics(i)) {
            rows.push([
                ("object_id", int(table.object_id)),
                ("name", text(&index.name)),
                ("stats_id", int(index.index_id)),
                ("has_filter", bit(index.filter.is_some())),
                (
                    "filter_definition",
                    index.filter.as_ref().map_or(Value::Null, text),
                ),
            ]);
        }
        for statistics in &table.statistics {
            rows.push([
                ("object_id", int(table.object_id)),
                ("name", text(&statistics.name)),
                ("stats_id", int(statistics.stats_id)),
                ("auto_created", bit(statistics.auto_created)),
                ("user_created", bit(!statistics.auto_created)),
                ("has_filter", bit(statistics.filter.is_some())),
                (
                    "filter_definition",
                    statistics.filter.as_ref().map_or(Value::Null, text),
                ),
            ]);
        }
    }
    Ok(())
}

fn stats_columns(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).row_sets() {
        for index in table.indexes.iter().filter(|i| index_has_statistics(i)) {
            let keys: Vec<i32> = index.keys.iter().map(|k| k.column_id).collect();
            push_stats_columns(rows, table, index.index_id, &keys);
        }
        for statistics in &table.statistics {
            push_stats_columns(rows, table, statistics.stats_id, &statistics.columns);
        }
    }
    Ok(())
}

fn push_stats_columns(rows: &mut Rows, table: &TableDef, stats_id: i32, columns: &[i32]) {
    for (at, column_id) in columns.iter().enumerate() {
        rows.push([
            ("object_id", int(table.object_id)),
            ("stats_id", int(stats_id)),
            ("stats_column_id", int(at + 1)),
            ("column_id", int(*column_id)),
        ]);
    }
}

/// Uses of indexes are not counted, and an empty answer would say that no index is used.
fn usage(_: &Session, _: &mut Rows) -> Result<()> {
    Err(SqlError::not_implemented("sys.dm_db_index_usage_stats"))
}

/// When statistics were last refreshed, for STATS_DATE and dm_db_stats_properties.
pub fn statistics_date(table: &TableDef, stats_id: i32) -> Value {
    if table
        .indexes
        .iter()
        .any(|i| i.index_id == stats_id && index_has_statistics(i))
    {
        return datetime_of_ticks(table.modified);
    }
    table
        .statistics
        .iter()
        .find(|s| s.stats_id == stats_id)
        .and_then(|s| s.updated)
        .map_or(Value::Null, datetime_of_ticks)
}
