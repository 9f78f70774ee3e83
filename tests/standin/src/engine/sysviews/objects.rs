//! sys.objects, sys.tables, sys.views, sys.schemas, sys.types and what else lists whole objects.

use crate::catalog::model::{TableDef, TemporalRole};
use crate::engine::Session;
use crate::error::Result;
use crate::types::{SqlType, TypeName, Value};

use super::snapshot::{Snapshot, bit, datetime_of_ticks, int, module_type, text};
use super::{CatalogView, Rows};

const OBJECT: &str = "name sysname!, object_id int!, principal_id int, schema_id int!, parent_object_id int!=0, type char(2), \
    type_desc nvarchar(60), create_date datetime!, modify_date datetime!, is_ms_shipped bit!=0, is_published bit!=0, \
    is_schema_published bit!=0";

const TABLE: &str = "name sysname!, object_id int!, principal_id int, schema_id int!, parent_object_id int!=0, type char(2)=U, \
    type_desc nvarchar(60)=USER_TABLE, create_date datetime!, modify_date datetime!, is_ms_shipped bit!=0, is_published bit!=0, \
    is_schema_published bit!=0, lob_data_space_id int!=0, filestream_data_space_id int, max_column_id_used int!, \
    lock_on_bulk_load bit!=0, uses_ansi_nulls bit=1, is_replicated bit=0, has_replication_filter bit=0, is_merge_published bit=0, \
    is_sync_tran_subscribed bit=0, has_unchecked_assembly_data bit!=0, text_in_row_limit int=0, \
    large_value_types_out_of_row bit=0, is_tracked_by_cdc bit=0, lock_escalation tinyint=0, lock_escalation_desc nvarchar(60)=TABLE, \
    is_filetable bit=0, is_memory_optimized bit=0, durability tinyint=0, durability_desc nvarchar(60)=SCHEMA_AND_DATA, \
    temporal_type tinyint=0, temporal_type_desc nvarchar(60)=NON_TEMPORAL_TABLE, history_table_id int, \
    is_remote_data_archive_enabled bit=0, is_external bit!=0, history_retention_period int, history_retention_period_unit int, \
    history_retention_period_unit_desc nvarchar(10), is_node bit=0, is_edge bit=0, data_retention_period int=-1, \
    data_retention_period_unit int=-1, data_retention_period_unit_desc nvarchar(10)=INFINITE, ledger_type tinyint=0, \
    ledger_type_desc nvarchar(60)=NON_LEDGER_TABLE, ledger_view_id int, is_dropped_ledger_table bit=0";

const VIEW: &str = "name sysname!, object_id int!, principal_id int, schema_id int!, parent_object_id int!=0, type char(2)=V, \
    type_desc nvarchar(60)=VIEW, create_date datetime!, modify_date datetime!, is_ms_shipped bit!=0, is_published bit!=0, \
    is_schema_published bit!=0, is_replicated bit=0, has_replication_filter bit=0, has_opaque_metadata bit!=0, \
    has_unchecked_assembly_data bit!=0, with_check_option bit!=0, is_date_correlation_view bit!=0, is_tracked_by_cdc bit=0, \
    has_snapshot bit, ledger_view_type tinyint=0, ledger_view_type_desc nvarchar(60)=NON_LEDGER_VIEW, is_dropped_ledger_view bit=0";

const PROCEDURE: &str = "name sysname!, object_id int!, principal_id int, schema_id int!, parent_object_id int!=0, \
    type char(2)=P, type_desc nvarchar(60)=SQL_STORED_PROCEDURE, create_date datetime!, modify_date datetime!, \
    is_ms_shipped bit!=0, is_published bit!=0, is_schema_published bit!=0, is_auto_executed bit!=0, is_execution_replicated bit=0, \
    is_repl_serializable_only bit=0, skips_repl_constraints bit=0";

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.objects",
        spec: OBJECT,
        fill: objects,
    },
    CatalogView {
        name: "sys.all_objects",
        spec: OBJECT,
        fill: objects,
    },
    CatalogView {
        name: "sys.tables",
        spec: TABLE,
        fill: tables,
    },
    CatalogView {
        name: "sys.views",
        spec: VIEW,
        fill: views,
    },
    CatalogView {
        name: "sys.all_views",
        spec: VIEW,
        fill: views,
    },
    CatalogView {
        name: "sys.procedures",
        spec: PROCEDURE,
        fill: procedures,
    },
    CatalogView {
        name: "sys.schemas",
        spec: "name sysname!, schema_id int!, principal_id int",
        fill: schemas,
    },
    CatalogView {
        name: "sys.types",
        spec: "name sysname!, system_type_id tinyint!, user_type_id int!, schema_id int!=4, principal_id int, \
            max_length smallint!, precision tinyint!, scale tinyint!, collation_name sysname, is_nullable bit=1, \
            is_user_defined bit!=0, is_assembly_type bit!=0, default_object_id int!=0, rule_object_id int!=0, is_table_type bit!=0",
        fill: types,
    },
    CatalogView {
        name: "sys.table_types",
        spec: "name sysname!, system_type_id tinyint!=243, user_type_id int!, schema_id int!, principal_id int, \
            max_length smallint!=-1, precision tinyint!=0, scale tinyint!=0, collation_name sysname, is_nullable bit=0, \
            is_user_defined bit=1, is_assembly_type bit=0, default_object_id int!=0, rule_object_id int!=0, \
            is_table_type bit=1, type_table_object_id int!, is_memory_optimized bit=0",
        fill: table_types,
    },
];

/// One row of sys.objects.
struct Listed<'a> {
    name: &'a str,
    object_id: i32,
    schema_id: i32,
    parent: i32,
    code: &'a str,
    description: &'a str,
    created: i64,
    modified: i64,
}

impl Listed<'_> {
    fn add(&self, rows: &mut Rows) {
        rows.push([
            ("name", text(self.name)),
            ("object_id", int(self.object_id)),
            ("schema_id", int(self.schema_id)),
            ("parent_object_id", int(self.parent)),
            ("type", Value::varchar(self.code)),
            ("type_desc", text(self.description)),
            ("create_date", datetime_of_ticks(self.created)),
            ("modify_date", datetime_of_ticks(self.modified)),
        ]);
    }
}

fn objects(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for table in &snapshot.tables {
        Listed {
            name: &table.name,
            object_id: table.object_id,
            schema_id: table.schema_id,
            parent: 0,
            code: "U",
            description: "USER_TABLE",
            created: table.created,
            modified: table.modified,
        }
        .add(rows);
        constraints_of(table, rows);
    }
    for module in &snapshot.modules {
        let (code, description) = module_type(module.kind);
        Listed {
            name: &module.name,
            object_id: module.object_id,
            schema_id: module.schema_id,
            parent: 0,
            code,
            description,
            created: module.created,
            modified: module.modified,
        }
        .add(rows);
    }
    Ok(())
}

fn constraints_of(table: &TableDef, rows: &mut Rows) {
    let mut add = |name: &str, object_id: i32, code: &str, description: &str| {
        Listed {
            name,
            object_id,
            schema_id: table.schema_id,
            parent: table.object_id,
            code,
            description,
            created: table.modified,
            modified: table.modified,
        }
        .add(rows);
    };
    for key in table.indexes.iter().filter_map(|i| i.constraint.as_ref()) {
        if key.primary {
            add(&key.name, key.object_id, "PK", "PRIMARY_KEY_CONSTRAINT");
        } else {
            add(&key.name, key.object_id, "UQ", "UNIQUE_CONSTRAINT");
        }
    }
    for key in &table.foreign_keys {
        add(&key.name, key.object_id, "F", "FOREIGN_KEY_CONSTRAINT");
    }
    for check in &table.checks {
        add(&check.name, check.object_id, "C", "CHECK_CONSTRAINT");
    }
    for default in table.columns.iter().filter_map(|c| c.default.as_ref()) {
        add(&default.name, default.object_id, "D", "DEFAULT_CONSTRAINT");
    }
}

fn tables(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).tables {
        rows.push([
            ("name", text(&table.name)),
            ("object_id", int(table.object_id)),
            ("schema_id", int(table.schema_id)),
            ("create_date", datetime_of_ticks(table.created)),
            ("modify_date", datetime_of_ticks(table.modified)),
            ("max_column_id_used", int(table.next_column_id - 1)),
            ("is_memory_optimized", bit(table.memory_optimized)),
            ("durability", int(u8::from(table.schema_only))),
            (
                "durability_desc",
                text(if table.schema_only {
                    "SCHEMA_ONLY"
                } else {
                    "SCHEMA_AND_DATA"
                }),
            ),
        ]);
        if table.columns.iter().any(|c| is_lob(&c.sql_type)) {
            rows.amend([("lob_data_space_id", int(1))]);
        }
        if table.lock_escalation_disabled {
            rows.amend([
                ("lock_escalation", int(1)),
                ("lock_escalation_desc", text("DISABLE")),
            ]);
        }
        temporal_columns(table, rows);
    }
    Ok(())
}

fn temporal_columns(table: &TableDef, rows: &mut Rows) {
    match table.temporal {
        TemporalRole::None => {}
        TemporalRole::History { .. } => rows.amend([
            ("temporal_type", int(1)),
            ("temporal_type_desc", text("HISTORY_TABLE")),
        ]),
        TemporalRole::Current { history } => {
            let (period, unit) = table
                .history_retention
                .as_ref()
                .map_or((-1, "INFINITE"), |(n, unit)| (*n, unit.as_str()));
            let unit_id = match unit.trim_end_matches('S') {
                "DAY" => 3,
                "WEEK" => 4,
                "MONTH" => 5,
                "YEAR" => 6,
                _ => -1,
            };
            rows.amend([
                ("temporal_type", int(2)),
                (
                    "temporal_type_desc",
                    text("SYSTEM_VERSIONED_TEMPORAL_TABLE"),
                ),
                ("history_table_id", int(history)),
                ("history_retention_period", int(period)),
                ("history_retention_period_unit", int(unit_id)),
                (
                    "history_retention_period_unit_desc",
                    text(unit.trim_end_matches('S')),
                ),
            ]);
        }
    }
}

/// Is the type stored in LOB pages at least potentially?
pub(super) fn is_lob(sql_type: &SqlType) -> bool {
    sql_type.is_max()
        || sql_type.name.is_legacy_lob()
        || sql_type.name.is_spatial()
        || matches!(sql_type.name, TypeName::Json | TypeName::Xml)
}

fn views(session: &Session, rows: &mut Rows) -> Result<()> {
    for view in &Snapshot::of(session).modules {
        if module_type(view.kind).0 == "V" {
            rows.push([
                ("name", text(&view.name)),
                ("object_id", int(view.object_id)),
                ("schema_id", int(view.schema_id)),
                ("create_date", datetime_of_ticks(view.created)),
                ("modify_date", datetime_of_ticks(view.modified)),
            ]);
        }
    }
    Ok(())
}

fn procedures(session: &Session, rows: &mut Rows) -> Result<()> {
    for procedure in &Snapshot::of(session).modules {
        if module_type(procedure.kind).0 == "P" {
            rows.push([
                ("name", text(&procedure.name)),
                ("object_id", int(procedure.object_id)),
                ("schema_id", int(procedure.schema_id)),
                ("create_date", datetime_of_ticks(procedure.created)),
                ("modify_date", datetime_of_ticks(procedure.modified)),
            ]);
        }
    }
    Ok(())
}

fn schemas(session: &Session, rows: &mut Rows) -> Result<()> {
    for (id, name) in Snapshot::of(session).schemas {
        // guest, INFORMATION_SCHEMA and sys belong to the principal of the same number; the others to dbo.
        let owner = if (2..=4).contains(&id) { id } else { 1 };
        rows.push([
            ("name", text(name)),
            ("schema_id", int(id)),
            ("principal_id", int(owner)),
        ]);
    }
    Ok(())
}

fn system_types() -> Vec<SqlType> {
    use TypeName as T;
    let mut types: Vec<SqlType> = [
        T::Image,
        T::Text,
        T::UniqueIdentifier,
        T::Date,
        T::TinyInt,
        T::SmallInt,
        T::Int,
        T::SmallDateTime,
        T::Real,
        T::Money,
        T::DateTime,
        T::SqlVariant,
        T::NText,
        T::Bit,
        T::SmallMoney,
        T::BigInt,
        T::HierarchyId,
        T::Geometry,
        T::Geography,
        T::Xml,
        T::RowVersion,
        T::Json,
    ]
    .into_iter()
    .map(SqlType::plain)
    .collect();
    types.push(SqlType::FLOAT);
    types.extend([T::Time, T::DateTime2, T::DateTimeOffset].map(|n| SqlType::scaled(n, 7)));
    types.extend([T::VarBinary, T::VarChar, T::Binary, T::Char].map(|n| SqlType::sized(n, 8000)));
    types.extend([T::NVarChar, T::NChar].map(|n| SqlType::sized(n, 4000)));
    types.push(SqlType::decimal(38, 38));
    types.push(SqlType::numeric(38, 38));
    types.push(SqlType::SYSNAME);
    types.push(SqlType::vector(1998));
    types
}

fn types(session: &Session, rows: &mut Rows) -> Result<()> {
    let mut list = system_types();
    list.sort_by_key(SqlType::user_type_id);
    for sql_type in list {
        rows.push([
            ("name", text(sql_type.name())),
            ("system_type_id", int(sql_type.system_type_id())),
            ("user_type_id", int(sql_type.user_type_id())),
            ("max_length", int(sql_type.max_length_bytes())),
            ("precision", int(sql_type.catalog_precision())),
            ("scale", int(sql_type.catalog_scale())),
            ("collation_name", super::columns::collation(&sql_type)),
            ("is_nullable", bit(!sql_type.sysname)),
            ("is_assembly_type", bit(sql_type.system_type_id() == 240)),
        ]);
    }
    for table in &Snapshot::of(session).table_types {
        rows.push([
            ("name", text(&table.name)),
            ("system_type_id", int(243)),
            ("user_type_id", int(table.object_id)),
            ("schema_id", int(table.schema_id)),
            ("max_length", int(-1)),
            ("precision", int(0)),
            ("scale", int(0)),
            ("is_nullable", bit(false)),
            ("is_user_defined", bit(true)),
            ("is_table_type", bit(true)),
        ]);
    }
    Ok(())
}

fn table_types(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).table_types {
        rows.push([
            ("name", text(&table.name)),
            ("user_type_id", int(table.object_id)),
            ("schema_id", int(table.schema_id)),
            ("type_table_object_id", int(table.object_id)),
        ]);
    }
    Ok(())
}
